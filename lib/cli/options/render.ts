import { Option } from "commander";
import type { RenderMode } from "../../input/render/tools/context";

const modes: readonly RenderMode[] = ["auto", "never", "remote"];

/** `--render`, of every command that reads manifests or a program. */
export function renderOption(mode: RenderMode = "auto"): Option {
  return new Option(
    "--render <mode>",
    "which Kustomizations, charts, and Flux and Argo CD objects to render: auto, those that the installed kustomize and helm can; remote, also those that must be fetched; never, none",
  )
    .choices(modes)
    .default(mode);
}
