import { type Edge, isWorkload } from "../../fence/intent";
import type { RawObject } from "../../linkerd/api/object";
import type { Learned, LearnedPolicy } from "./learned";

/**
 * The learned policies, changed to deny nothing yet: without default deny, and with Linkerd's Servers in audit. Existing policies keep what they
 * enforce.
 */
export function observeOnly(learned: Learned): Learned {
  return {
    ...learned,
    policies: learned.policies.map(withoutDefaultDeny),
    authorizations: learned.authorizations.map((one) => ({ ...one, objects: one.objects.map(auditing) })),
    fence: {
      ...learned.fence,
      edges: learned.fence.edges.map(({ edge, seen }) => ({
        seen,
        edge: { ...edge, from: watched(edge.from), to: watched(edge.to) },
      })),
    },
  };
}

/** The end of an edge with policies that deny nothing, if it is a workload. A peer has no policies. */
function watched<T extends Edge["from"] | Edge["to"]>(end: T): T {
  return isWorkload(end) ? { ...end, enforce: { ingress: false, egress: false } } : end;
}

function withoutDefaultDeny(policy: LearnedPolicy): LearnedPolicy {
  const { manifest, changes } = policy;
  if (manifest.spec === undefined) return policy;
  const isNew = (direction: "ingress" | "egress") =>
    manifest.spec?.[direction] !== undefined && changes?.spec?.[direction] === undefined;
  const off = { ...(isNew("ingress") && { ingress: false }), ...(isNew("egress") && { egress: false }) };
  if (Object.keys(off).length === 0) return policy;
  const enableDefaultDeny = { ...manifest.spec.enableDefaultDeny, ...off };
  return { ...policy, manifest: { ...manifest, spec: { ...manifest.spec, enableDefaultDeny } } };
}

function auditing(object: RawObject): RawObject {
  if (object.kind !== "Server" || typeof object.spec !== "object" || object.spec === null) return object;
  return { ...object, spec: { ...object.spec, accessPolicy: "audit" } };
}
