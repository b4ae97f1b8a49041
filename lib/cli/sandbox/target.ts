import { chooseStack, readConfiguration } from "../../plan/configuration";
import { fullKey, type Project, readProject } from "../../plan/project";
import { neededPlugins } from "../preflight/needed-plugins";
import type { Plugin } from "../preflight/plugins";
import { type StateLocation, stateLocation } from "./state";

/** Options that `start`, `up` and `down` share. */
export interface TargetOptions {
  readonly program?: string;
  readonly stack?: string;
  readonly config: readonly string[];
}

/** What the commands work on: a stack of a project, and where its state is. */
export interface Target {
  readonly project: Project;
  readonly stack: string;
  /** What the user sets with `--config`, by full key. */
  readonly overrides: { readonly [key: string]: string };
  readonly clusterName: string;
  readonly plugins: readonly Plugin[];
  readonly state: StateLocation;
  /** The variables that Pulumi runs with. */
  readonly env: { readonly [name: string]: string };
}

/** @throws UserError where project, stack or configuration cannot be read */
export function findTarget({ program, stack: named, config }: TargetOptions): Target {
  const project = readProject(program);
  const stack = chooseStack(project, named);
  const { values } = readConfiguration(project, stack, config);
  const keys = config.map((assignment) => fullKey(project.name, assignment.slice(0, assignment.indexOf("="))));
  const state = stateLocation(project.root);
  return {
    project,
    stack,
    overrides: Object.fromEntries(keys.map((key) => [key, values[key] ?? ""])),
    clusterName: values[fullKey(project.name, "clusterName")] ?? project.name,
    plugins: neededPlugins(project.root),
    state,
    env: {
      ...state.env,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The types are checked by the build; checking them again would take longer than the preview.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    },
  };
}
