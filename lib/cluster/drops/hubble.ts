import type { Drop, DropEnd } from "./drop";

/** The fields of `hubble observe -o json` that are read. */
interface Flow {
  time?: string;
  verdict?: string;
  node_name?: string;
  IP?: { source?: string; destination?: string };
  l4?: { [protocol: string]: { source_port?: number; destination_port?: number } | undefined };
  source?: FlowEnd;
  destination?: FlowEnd;
  traffic_direction?: string;
  drop_reason_desc?: string;
  egress_denied_by?: PolicyName[];
  ingress_denied_by?: PolicyName[];
}

interface FlowEnd {
  identity?: number;
  namespace?: string;
  pod_name?: string;
  labels?: string[];
}

interface PolicyName {
  name?: string;
  namespace?: string;
  kind?: string;
}

/** Cilium's drop reasons that are due to policy (`api/v1/flow/flow.proto`), as its monitor writes them. */
const policyReasons: { readonly [name: string]: string } = {
  POLICY_DENIED: "Policy denied",
  POLICY_DENY: "Policy denied by denylist",
  AUTH_REQUIRED: "Authentication required",
};

/** Parses one line of `hubble observe -o json`; undefined if it is not a drop. */
export function dropOfFlow(line: string, node: string): Drop | undefined {
  const flow = parse(line);
  const { source: sourceIp, destination: destinationIp } = flow?.IP ?? {};
  if (flow?.verdict !== "DROPPED" || sourceIp === undefined || destinationIp === undefined) return undefined;
  const [protocol = "unknown", ports] = Object.entries(flow.l4 ?? {})[0] ?? [];
  const direction = directionOf(flow.traffic_direction);
  const known = policyReasons[flow.drop_reason_desc ?? ""];
  const deniedBy = [...(flow.egress_denied_by ?? []), ...(flow.ingress_denied_by ?? [])];
  return {
    at: Date.parse(flow.time ?? "") || Date.now(),
    node: flow.node_name ?? node,
    from: endOf(sourceIp, flow.source),
    to: endOf(destinationIp, flow.destination),
    protocol,
    ...(ports?.destination_port !== undefined && { port: ports.destination_port }),
    ...(ports?.source_port !== undefined && { sourcePort: ports.source_port }),
    reason: known ?? sentence(flow.drop_reason_desc ?? "unknown reason"),
    byPolicy: known !== undefined,
    ...(direction !== undefined && { direction }),
    policies: deniedBy.flatMap(({ name, namespace, kind }) =>
      name === undefined ? [] : [{ kind: kind || "CiliumNetworkPolicy", ...(namespace && { namespace }), name }],
    ),
    seenBy: "hubble",
  };
}

function parse(line: string): Flow | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return (JSON.parse(line) as { flow?: Flow }).flow;
  } catch {
    return undefined;
  }
}

function endOf(ip: string, { identity, namespace, pod_name, labels }: FlowEnd = {}): DropEnd {
  return {
    ip,
    ...(namespace && pod_name && { pod: { namespace, name: pod_name } }),
    ...(identity && { identity }),
    ...(labels !== undefined && { labels }),
  };
}

function directionOf(text: string | undefined): Drop["direction"] {
  if (text === "EGRESS") return "egress";
  return text === "INGRESS" ? "ingress" : undefined;
}

/** `UNSUPPORTED_L3_PROTOCOL` as `Unsupported l3 protocol` */
const sentence = (name: string) => name.charAt(0) + name.slice(1).toLowerCase().replaceAll("_", " ");
