import type { Answer, Registration } from "../pulumi-engine";

/**
 * The name of a KindCluster whose end is random: `meshfence-[random]`. The program knows it only once the engine has run; in a plan what is
 * made of it, such as the context, should still be readable, and the same in every run.
 */
export function randomName({ type, urn, inputs }: Registration): Answer | undefined {
  const isClusterName =
    type === "random:index/randomId:RandomId" && urn.includes("meshfence:index:KindCluster$random:index/randomId:");
  return isClusterName ? { outputs: { hex: `${String(inputs.prefix)}[random]` } } : undefined;
}
