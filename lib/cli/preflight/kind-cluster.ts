import { type Execute, firstLine } from "../../common/process";
import type { PreflightCheck } from "./check";

/**
 * Checks that the cluster's name is free, or that the cluster is this stack's own.
 *
 * @param given The name in the configuration; without one, a name is generated when the cluster is created.
 * @param own The cluster's name in the stack's state, if there is one.
 */
export async function checkClusterName(
  execute: Execute,
  given: string | undefined,
  own: () => Promise<string | undefined>,
): Promise<PreflightCheck> {
  const existing = await own();
  const name = given ?? existing;
  if (name === undefined) return { what: "kind cluster name", ok: true, found: "a new one, with a random suffix" };
  const what = `kind cluster name "${name}"`;
  const filter = `label=io.x-k8s.kind.cluster=${name}`;
  const execution = await execute(
    "docker",
    ["ps", "--all", "--filter", filter, "--format", "{{.Names}} {{.State}}"],
    10,
  );
  if (execution.kind !== "ended" || execution.code !== 0) {
    const said = execution.kind === "ended" ? firstLine(execution.stderr) : execution.kind;
    return { what, ok: false, found: "cannot be looked up", fix: `docker ps must work; it said: ${said}` };
  }
  const nodes = execution.stdout.split("\n").filter((line) => line !== "");
  const ours = existing === name;
  if (nodes.length === 0) {
    if (!ours) return { what, ok: true, found: "free" };
    // An update would find nothing to change, and report success.
    const fix = "remove its state (npm run down, or meshfence down), then bring it up again";
    return { what, ok: false, found: "this stack's own, and gone", fix };
  }
  if (ours) {
    const stopped = nodes.filter((node) => !node.endsWith(" running")).map((node) => node.replace(/ \S*$/, ""));
    if (stopped.length === 0) return { what, ok: true, found: "this stack's own" };
    return { what, ok: false, found: "this stack's own, and stopped", fix: `docker start ${stopped.join(" ")}` };
  }
  return {
    what,
    ok: false,
    found: "taken by a cluster that is not this stack's",
    fix: `leave clusterName out, choose another (--config clusterName=...), or remove it: kind delete cluster --name ${name}`,
  };
}
