import { type Execute, firstLine } from "../../common/process";
import type { Finding } from "./finding";

/**
 * Looks whether the cluster's name is free, or the cluster is this stack's own.
 * @param owned whether the stack's state has a cluster of that name
 */
export async function findClusterName(execute: Execute, name: string, owned: () => Promise<boolean>): Promise<Finding> {
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
  const ours = await owned();
  if (nodes.length === 0) {
    if (!ours) return { what, ok: true, found: "free" };
    // An update would find nothing to change, and call that a success.
    const fix = "forget what was in it (npm run down, or meshfence down), and bring it up anew";
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
    fix: `choose another name (--config clusterName=...), or remove it: kind delete cluster --name ${name}`,
  };
}
