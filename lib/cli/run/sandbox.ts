import type { Execute } from "../../common/process";
import { UserError } from "../../common/user-error";
import { Exit } from "../output/exit";
import { say as warn } from "../output/print";
import { preflightTable } from "../preflight";
import { checkPulumi } from "../preflight/pulumi";
import { changesLine } from "../sandbox/changes";
import { Interrupted, Interruption } from "../sandbox/interruption";
import { describeLeftovers, leftovers, nodeImages } from "../sandbox/leftovers";
import { checkMachine, executorFor, hasNoState, installPulumi, ownClusters } from "../sandbox/look";
import { OperationFailed } from "../sandbox/operation";
import { summaryOf } from "../sandbox/preview-summary";
import { down, type Exports, previewUp, up } from "../sandbox/stack";
import { findTarget, type Target, type TargetOptions } from "../sandbox/target";

/** The `start` command: brings the sandbox up if that is possible, and otherwise shows its plan. Returns the exit status. */
export async function start(options: TargetOptions & { verify: boolean }): Promise<number> {
  return guarded(async (interruption) => {
    const target = findTarget(options);
    const found = await checkMachine(target, notice);
    interruption.check();
    if (found.command !== undefined) return bringUp(target, found.command, options.verify, interruption);
    say("The sandbox cannot be brought up on this machine:\n", preflightTable(found.checks), "");
    say("What it would create, planned from the same program by an engine embedded in Node:\n");
    const { showPlanInstead } = await import("./plan-instead.js");
    return showPlanInstead(options);
  });
}

/** The `up` command: brings the sandbox up, or reports what is missing. */
export async function upOrFail(options: TargetOptions & { preview?: boolean; verify: boolean }): Promise<number> {
  return guarded(async (interruption) => {
    const target = findTarget(options);
    if (options.preview) return preview(target, interruption);
    const found = await checkMachine(target, notice);
    interruption.check();
    if (found.command !== undefined) return bringUp(target, found.command, options.verify, interruption);
    throw new UserError(`the sandbox cannot be brought up on this machine:\n\n${preflightTable(found.checks)}`);
  });
}

/** The `down` command: removes everything that `up` created, and the stack. */
export async function takeDown(options: TargetOptions): Promise<number> {
  return guarded(async (interruption) => {
    const target = findTarget(options);
    if (hasNoState(target)) return nothing(target);
    const execute = executorFor(target);
    const pulumi = await checkPulumi(execute, installPulumi);
    if (pulumi.command === undefined) throw new UserError(preflightTable([pulumi]));
    say(`Removing ${target.project.name}, stack ${target.stack} (state: ${target.state.description})`);
    const clusters = await ownClusters(execute, pulumi.command, target);
    const clusterIsGone = async () => {
      const gone = await Promise.all(clusters.map((name) => isGone(execute, name)));
      return clusters.length > 0 && gone.every(Boolean);
    };
    const images = (await Promise.all(clusters.map((name) => nodeImages(execute, name)))).flat();
    if (!(await down({ target, command: pulumi.command, clusterIsGone, write: say, interruption })))
      return nothing(target);
    say("", ...describeLeftovers(await leftovers(execute, images, target.state)));
    return 0;
  });
}

/** Whether Docker reports that no node of this cluster is left. */
async function isGone(execute: Execute, clusterName: string): Promise<boolean> {
  const filter = `label=io.x-k8s.kind.cluster=${clusterName}`;
  const nodes = await execute("docker", ["ps", "--all", "--quiet", "--filter", filter], 10);
  return nodes.kind === "ended" && nodes.code === 0 && nodes.stdout.trim() === "";
}

function nothing({ project, stack }: Target): number {
  say(`There is no stack ${stack} of ${project.name}: nothing to remove.`);
  return 0;
}

async function preview(target: Target, interruption: Interruption): Promise<number> {
  const pulumi = await checkPulumi(executorFor(target), installPulumi);
  if (pulumi.command === undefined) throw new UserError(preflightTable([pulumi]));
  say(`Previewing ${target.project.name}, stack ${target.stack} (state: ${target.state.description})`);
  say("", ...summaryOf(await previewUp(target, pulumi.command, say, interruption)));
  say(
    "Nothing was changed. The list above shows only what takes time; keys, certificates and components are created, too.",
  );
  return 0;
}

async function bringUp(target: Target, command: string, verify: boolean, interruption: Interruption): Promise<number> {
  interruption.check();
  say(`Bringing up ${target.project.name}, stack ${target.stack} (state: ${target.state.description})`);
  const since = Date.now();
  const { exports, changes } = await up(target, command, say, interruption);
  const seconds = Math.round((Date.now() - since) / 1000);
  say("", `The sandbox is up after ${seconds} s. ${changesLine(changes, "done")}`, ...nextSteps(target, exports));
  if (!verify) return 0;
  const { prove } = await import("./prove.js");
  return prove(exports, say);
}

function nextSteps(target: Target, exports: Exports): string[] {
  const context = typeof exports.context === "string" ? exports.context : `kind-${target.clusterName ?? "CLUSTER"}`;
  const namespace = typeof exports.namespace === "string" ? exports.namespace : "cilium-linkerd";
  return [
    `  look    kubectl --context ${context} -n ${namespace} get pods,ciliumnetworkpolicies`,
    `  watch   linkerd --context ${context} viz tap deployment/client -n ${namespace}`,
    `  drops   kubectl --context ${context} -n kube-system exec ds/cilium -- cilium-dbg monitor -t drop`,
    `  verify  npm run verify -- --context ${context} -n ${namespace}`,
    `  remove  npm run down${target.options === "" ? "" : ` --${target.options}`}`,
  ];
}

/** Reports a failure without a stack trace, and returns the exit status that tells whether anything was attempted. */
async function guarded(run: (interruption: Interruption) => Promise<number>): Promise<number> {
  const interruption = new Interruption(warn);
  try {
    return await run(interruption);
  } catch (error) {
    if (interruption.status !== undefined && (error instanceof Interrupted || isPulumiError(error)))
      return interruption.status;
    if (!(error instanceof UserError || error instanceof OperationFailed || isPulumiError(error))) throw error;
    warn(`error: ${error.message}`);
    return error instanceof UserError ? Exit.BadInput : Exit.Found;
  } finally {
    interruption.done();
  }
}

const pulumiErrors = new Set([
  "CommandError",
  "ConcurrentUpdateError",
  "StackNotFoundError",
  "StackAlreadyExistsError",
]);

/** Errors of the automation API contain the CLI's own output. */
function isPulumiError(error: unknown): error is Error {
  return error instanceof Error && pulumiErrors.has(error.name);
}

/** Everything but the result goes to standard error. */
function notice(line: string): void {
  warn(line);
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
