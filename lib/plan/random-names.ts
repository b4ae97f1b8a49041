import type { Answer, Registration } from "../pulumi-engine";

/**
 * A stand-in for the random name of a KindCluster: `meshfence-[random]`. The name exists only after an update, but values derived from it, such as
 * the context, should be readable in a plan, and the same in every run.
 */
export function randomName({ type, urn, inputs }: Registration): Answer | undefined {
  const isClusterName =
    type === "random:index/randomId:RandomId" && urn.includes("meshfence:index:KindCluster$random:index/randomId:");
  return isClusterName ? { outputs: { hex: `${String(inputs.prefix)}[random]` } } : undefined;
}
