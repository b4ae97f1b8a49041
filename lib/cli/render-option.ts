import { Option } from "commander";
import type { RenderMode } from "../input/render/tools/context";

const modes: readonly RenderMode[] = ["auto", "never", "remote"];

/** `--render`, of every command that reads manifests or a program. */
export function renderOption(mode: RenderMode = "auto"): Option {
  return new Option(
    "--render <mode>",
    "what to render of Kustomizations, charts and what Flux and Argo CD apply: auto, whatever the installed kustomize and helm can; remote, also what has to be fetched; never, nothing",
  )
    .choices(modes)
    .default(mode);
}
