import { shellQuoted } from "../../common/shell-quoted";
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
  /** The values of `--config`, by full key. */
  readonly overrides: { readonly [key: string]: string };
  /** The cluster's name, if the configuration sets one. */
  readonly clusterName: string | undefined;
  /** The options with which other commands find the same stack, e.g. ` --stack lab`; empty if they find it without. */
  readonly options: string;
  readonly plugins: readonly Plugin[];
  readonly state: StateLocation;
  /** The variables that Pulumi runs with. */
  readonly env: { readonly [name: string]: string };
}

/** @throws UserError if the project, stack or configuration cannot be read */
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
    clusterName: values[fullKey(project.name, "clusterName")] || undefined,
    options: [
      ...(program === undefined ? [] : [` --program ${shellQuoted(program)}`]),
      // Also if PULUMI_STACK chose the stack: another terminal does not have the variable.
      ...((named ?? process.env.PULUMI_STACK) ? [` --stack ${shellQuoted(stack)}`] : []),
    ].join(""),
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
