import { type LintRule, type Observation, Severity } from "../finding";

/** What Cilium reads from the annotations of a policy (its `pkg/annotation/k8s.go`): the name that it is shown under. */
const known: ReadonlySet<string> = new Set(["policy.cilium.io/name", "io.cilium.name"]);

export const unknownAnnotation: LintRule = {
  id: "unknown-annotation",
  severity: Severity.Warning,
  scope: "policy",
  title: "An annotation that Cilium does not read",
  why:
    "The only annotation that Cilium reads on a policy is `policy.cilium.io/name`. A single policy has no audit mode, no priority and no on-off switch: " +
    "`policyAuditMode` is a setting of the agent or of an endpoint, and a policy that should not be enforced yet uses `enableDefaultDeny`.",
  fix: "Delete it. To watch a policy before it blocks anything, set `enableDefaultDeny` to false, or policyAuditMode for all policies of the agent.",
  kubernetes: { fix: "Delete it. policyAuditMode is a setting of the whole agent." },
  *check({ policies }) {
    for (const [policy, { metadata }] of policies.entries())
      for (const key of Object.keys(metadata.annotations ?? {})) {
        if (!isCiliums(key) || known.has(key)) continue;
        yield { policy, path: ["metadata", "annotations", key], data: {}, ...effectOf(key) };
      }
  },
};

function isCiliums(key: string): boolean {
  const [prefix = "", name] = key.split("/");
  return (
    prefix === "cilium.io" ||
    prefix.endsWith(".cilium.io") ||
    prefix === "io.cilium" ||
    (name === undefined && key.startsWith("io.cilium."))
  );
}

function effectOf(key: string): Pick<Observation, "message" | "severity"> {
  if (!/audit/i.test(key)) return { message: `Cilium does not know ${key}, so it does nothing` };
  return { severity: Severity.Error, message: `Cilium does not know ${key}: the policy is enforced, not audited` };
}
