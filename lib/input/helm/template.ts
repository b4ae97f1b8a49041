import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../common/temporary-folder";
import type { RenderMode } from "../render/tools/context";
import { findTools, runTool } from "../render/tools/tool";

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
const seconds = 120;

/**
 * What `helm template` makes of a release: nothing is installed, and only in the mode `remote` is anything fetched. Charts that make keys or passwords as they are
 * rendered give other manifests every time.
 */
export async function renderRelease(release: ReleaseToRender, directory: string, mode: RenderMode): Promise<Rendered> {
  if (mode === "never") return { missing: "it is not rendered (--render never)" };
  const isLocal = release.repository === undefined && existsSync(path.resolve(directory, release.chart));
  if (mode !== "remote" && !isLocal)
    return { missing: "its chart is not in the repository, and nothing is fetched; --render remote does that" };
  const { helm } = findTools();
  if (helm === undefined) return { missing: "helm is not on the PATH" };
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
    const ran = await runTool(helm, args, { remote: mode === "remote", seconds, home: folder, directory });
    return "output" in ran ? { manifests: ran.output } : { missing: ran.failed };
  } finally {
    remove();
  }
}
