import { metadataFaults } from "../metadata";
import type { Admission, WrittenObject } from "../schema/admit";
import { unknownField } from "../schema/stored";
import { decodeSpec } from "./decode";
import type { NetworkPolicySpec } from "./types";
import { specFaults } from "./validate";

const fields = ["apiVersion", "kind", "metadata", "spec"];

/**
 * Admits a NetworkPolicy as the API server does with strict field validation: decodes it, fills in defaults and validates it. A create and a server-side
 * apply decode null the same way: `ingress: [null]` is `ingress: [{}]`, and `matchLabels: {app: null}` is `{app: ""}`.
 */
export function admitNetworkPolicy(written: WrittenObject): Admission {
  const metadata = metadataFaults(written.metadata, true);
  const { spec, faults } = decodeSpec(written.spec);
  const unknown = Object.keys(written).filter((key) => !fields.includes(key));
  const undecodable = [
    ...metadata.filter(({ code }) => code === "malformed" || code === "unknown-field"),
    ...unknown.map((key) => unknownField([key], fields)),
    ...faults,
  ];
  if (undecodable.length > 0) return { accepted: false, by: "api-server", faults: undecodable };
  const stored = withDefaults(spec);
  const invalid = [...metadata, ...specFaults(stored)];
  if (invalid.length > 0) return { accepted: false, by: "api-server", faults: invalid };
  return { accepted: true, object: { ...written, spec: stored } };
}

function withDefaults(spec: ReturnType<typeof decodeSpec>["spec"]): NetworkPolicySpec {
  const { policyTypes, ingress, egress, ...rest } = spec;
  const types = policyTypes ?? (egress === undefined ? ["Ingress"] : ["Ingress", "Egress"]);
  const filled = <T extends { ports?: { protocol?: string }[] }>(rule: T): T =>
    rule.ports === undefined
      ? rule
      : { ...rule, ports: rule.ports.map((port) => ({ ...port, protocol: port.protocol ?? "TCP" })) };
  return {
    ...rest,
    ...(ingress !== undefined && { ingress: ingress.map(filled) }),
    ...(egress !== undefined && { egress: egress.map(filled) }),
    policyTypes: types,
  };
}
