import { Option } from "commander";
import type { RenderMode } from "../input/render/tools/context";

const modes: readonly RenderMode[] = ["auto", "never", "remote"];

/** `--render`, of every command that reads manifests or a program. */
export function renderOption(mode: RenderMode = "auto"): Option {
  return new Option(
    "--render <mode>",
    "whether Kustomizations, charts and what Flux and Argo CD apply are rendered: auto, where kustomize and helm are installed; remote, also with what has to be fetched; never",
  )
    .choices(modes)
    .default(mode);
}
