import { Option } from "commander";
import type { RenderMode } from "../input/render/context";

const modes: readonly RenderMode[] = ["auto", "never", "remote"];

/** `--render`, of every command that reads manifests or a program. */
export function renderOption(mode: RenderMode = "auto"): Option {
  return new Option(
    "--render <mode>",
    "Kustomizations, charts and what Flux and Argo CD make: rendered with kustomize and helm where they are installed; never; or with what they fetch (remote)",
  )
    .choices(modes)
    .default(mode);
}
