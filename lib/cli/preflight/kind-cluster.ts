import { type Execute, firstLine } from "./execute";
import type { Finding } from "./finding";

/**
 * Looks whether the cluster's name is free, or the cluster is this stack's own.
 * @param owned whether the stack's state has a cluster of that name
 */
export async function findClusterName(execute: Execute, name: string, owned: () => Promise<boolean>): Promise<Finding> {
  const what = `kind cluster name "${name}"`;
  const filter = `label=io.x-k8s.kind.cluster=${name}`;
  const execution = await execute("docker", ["ps", "--all", "--filter", filter, "--format", "{{.Names}}"], 10);
  if (execution.kind !== "ended" || execution.code !== 0) {
    const said = execution.kind === "ended" ? firstLine(execution.stderr) : execution.kind;
    return { what, ok: false, found: "cannot be looked up", remedy: `docker ps must work; it said: ${said}` };
  }
  const nodes = execution.stdout.split("\n").filter((line) => line !== "");
  if (nodes.length === 0) return { what, ok: true, found: "free" };
  if (await owned()) return { what, ok: true, found: "this stack's own" };
  return {
    what,
    ok: false,
    found: "taken by a cluster that is not this stack's",
    remedy: `choose another name (--config clusterName=...), or remove it: kind delete cluster --name ${name}`,
  };
}
