import type { RawObject } from "../../linkerd/api/object";
import type { Learned, LearnedPolicy } from "./learned";

/**
 * The same policies, made to deny nothing yet: default deny off, and Linkerd's Servers in audit. Existing policies keep what they enforce.
 */
export function observeOnly(learned: Learned): Learned {
  return {
    ...learned,
    policies: learned.policies.map(withoutDefaultDeny),
    authorizations: learned.authorizations.map((one) => ({ ...one, objects: one.objects.map(auditing) })),
  };
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
