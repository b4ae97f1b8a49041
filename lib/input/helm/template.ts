import { writeFileSync } from "node:fs";
import path from "node:path";
import { runChild } from "../../common/child";
import { temporaryFolder } from "../../common/temporary-folder";

/** A Helm release as far as its manifests depend on it. */
export interface ReleaseToRender {
  name: string;
  namespace: string;
  /** A name in `repository`, an `oci://` reference, or a path relative to `directory`. */
  chart: string;
  version?: string;
  repository?: string;
  /** As YAML. */
  values: string;
}

/** The manifests, or why they cannot be had. */
export type Rendered = { manifests: string } | { missing: string };

/** A chart that is fetched and rendered in more time than this is given up. */
const limits = { seconds: 120, bytes: 1 << 28 };

/**
 * What `helm template` makes of a release: the chart is fetched, nothing is installed. Charts that make keys or passwords as they are
 * rendered give other manifests every time.
 */
export async function renderRelease(release: ReleaseToRender, directory: string): Promise<Rendered> {
  const { name, namespace, chart, version, repository, values } = release;
  const { folder, remove } = temporaryFolder("helm");
  const file = path.join(folder, "values.yaml");
  try {
    writeFileSync(file, values, { mode: 0o600 });
    const options = [
      `--namespace=${namespace}`,
      `--values=${file}`,
      ...(version === undefined ? [] : [`--version=${version}`]),
      ...(repository === undefined ? [] : [`--repo=${repository}`]),
    ];
    // Whatever follows `--` is no option, however it begins: names and charts come from the program.
    const args = ["template", ...options, "--", name, chart];
    const ended = await runChild("helm", args, { cwd: directory, ...limits }, "SIGKILL");
    if (ended.status === 0) return { manifests: ended.output };
    if (ended.status === 127) return { missing: "helm is not on the PATH" };
    if (ended.over !== undefined)
      return { missing: `helm took longer than ${limits.seconds} s, or printed without end` };
    const reason = ended.errors.trim().split("\n").at(-1) ?? "";
    return { missing: reason === "" ? "helm template failed" : reason.replaceAll(folder, "").slice(0, 300) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { missing: code === "ENOENT" ? "helm is not on the PATH" : `helm cannot be started: ${message}` };
  } finally {
    remove();
  }
}
