import path from "node:path";
import { type RenderMode, renderContext } from "../input/render/tools/context";
import type { Recording } from "../pulumi-engine";
import { recordCallSites } from "./call-sites";
import { chooseStack, readConfiguration } from "./configuration";
import { deferUnusedModules } from "./deferred-modules";
import { type ImageList, imagesOf } from "./images";
import { expandedReleases } from "./kubernetes/children";
import { Expansion } from "./kubernetes/expansion";
import { type Plan, planOf } from "./model";
import { recordProgram } from "./program";
import { type Project, readProject } from "./project";
import { clusterOfProvider } from "./provider-cluster";
import { enableTypeScript } from "./typescript";

export interface PlanOptions {
  /** Directory of a Pulumi.yaml. Default: the nearest one at or above the working directory. */
  readonly program?: string;
  /** Default: as for `chooseStack`. */
  readonly stack?: string;
  /** Each `key=value`. Override what the stack's file says. Default: none. */
  readonly config?: readonly string[];
  /** For a program with several clusters: the name of the provider whose cluster is planned. Default: all. */
  readonly provider?: string;
  /** Which charts and kustomizations are rendered and fetched. Default: `auto`. */
  readonly render?: RenderMode;
  /** Whether to list the images that it needs, for which every chart is rendered. Default: false. */
  readonly images?: boolean;
}

export interface PlannedProgram {
  readonly project: Project;
  readonly plan: Plan;
  /** What the program registered, logged and threw. If it threw, the plan has what it had registered until then. */
  readonly recording: Recording;
  /** Keys whose values only Pulumi can decrypt; the program ran with a placeholder for them. */
  readonly encryptedKeys: readonly string[];
  /** Present if requested, unless the program threw. */
  readonly images?: ImageList;
}

/**
 * Runs a Pulumi program on the embedded engine and plans what it registered. This changes the process's working directory to the program's, and
 * works only once per process.
 * @throws UserError if project, stack or configuration cannot be read
 */
export async function planProgram({
  program,
  stack: named,
  config = [],
  provider,
  render = "auto",
  images = false,
}: PlanOptions): Promise<PlannedProgram> {
  const project = readProject(program);
  const stack = chooseStack(project, named);
  const configuration = readConfiguration(project, stack, config);
  recordCallSites();
  deferUnusedModules();
  enableTypeScript(path.join(project.root, "node_modules", ".cache", "meshfence"));
  const expansion = new Expansion(project.directory, renderContext(render));
  const recording = await recordProgram(project, stack, configuration, expansion);
  const plan = planOf(
    recording,
    await expandedReleases(expansion, recording, project.root),
    project.root,
    expansion.written,
  );
  const { missed } = expansion;
  const all = missed.length === 0 ? plan : { ...plan, unseen: missed };
  const whole = provider === undefined || recording.error !== undefined ? all : clusterOfProvider(all, provider);
  return {
    project,
    plan: whole,
    recording,
    encryptedKeys: configuration.encryptedKeys,
    ...(images && recording.error === undefined && { images: await imagesOf(whole, expansion, recording) }),
  };
}
