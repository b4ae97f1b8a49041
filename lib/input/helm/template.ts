import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../common/temporary-folder";
import type { RenderMode } from "../render/tools/context";
import { findTools, runTool } from "../render/tools/tool";

/** The parts of a Helm release that its manifests depend on. */
export interface ReleaseToRender {
  name: string;
  namespace: string;
  /** A name in `repository`, an `oci://` reference, or a path relative to `directory`. */
  chart: string;
  version?: string;
  repository?: string;
  /** The values, as YAML. */
  values: string;
}

/** The manifests, or why there are none. */
export type Rendered = { manifests: string } | { missing: string };

/** The time limit for fetching and rendering a chart. */
const seconds = 120;

/**
 * Renders a release with `helm template`. Nothing is installed, and nothing is fetched unless the mode is `remote`. A chart that generates keys or
 * passwords gives different manifests every time.
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
    // Names and charts come from the program. After `--`, nothing is taken for an option.
    const args = ["template", ...options, "--", name, chart];
    const ran = await runTool(helm, args, { remote: mode === "remote", seconds, home: folder, directory });
    return "output" in ran ? { manifests: ran.output } : { missing: ran.failed };
  } finally {
    remove();
  }
}
