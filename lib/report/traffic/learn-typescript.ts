import type { EgressPeer } from "../../cilium/model/peer";
import type { Port } from "../../cilium/model/port";
import { printable } from "../../common/printable";
import type { MeshedPeer } from "../../fence/intent";
import type { Workload } from "../../fence/workload";
import { plural } from "../../reachability/words";
import type { Learned } from "../../traffic/learn/learned";
import { evidenceLines, learnedNothing, learnGaps } from "./learn-yaml";

/**
 * A Pulumi program with a Fence for the edges that were seen and that policies do not admit yet, and Linkerd's objects. Names are JSON strings, so
 * that they stay inert.
 *
 * @param kept What exists already and stays.
 */
export function learnTypescript(learned: Learned, { hasPolicies, fences }: Kept): string {
  const { transportMode, edges, denied } = learned.fence;
  const names = new Names();
  const lines = edges.flatMap(({ edge, seen }) => [
    ...evidenceLines(seen).map((line) => `      // ${line}`),
    `      { from: ${end(edge.from, names)}, to: ${end(edge.to, names)}, ports: [${edge.ports.map(port).join(", ")}] },`,
  ]);
  const objects = learned.authorizations.flatMap(({ objects }) => objects);
  const what = edges.length > 0 ? "this Fence" : "what exists";
  const beside = hasPolicies && edges.length > 0 ? " and the existing policies" : "";
  const proof = learnedNothing(learned)
    ? ["Nothing is learned."]
    : denied.length === 0
      ? [`With ${what}${beside}, all ${plural(learned.proof.edges, "edge")} that passed are allowed.`]
      : [
          `With ${what}${beside}, ${plural(denied.length, "edge")} of ${learned.proof.edges} that passed are not allowed:`,
          ...denied.map(
            ({ from, to, protocol, port: asked, by }) => `  ${from} → ${to} ${protocol} ${asked}: ${by.join(", ")}`,
          ),
        ];
  const head = [
    ...(edges.length + objects.length === 0 && !learnedNothing(learned) ? ["Nothing has to be added."] : []),
    ...proof,
    ...(edges.length > 0
      ? fences.map((place) => `${place} already creates a Fence: edges of its workloads can go there instead.`)
      : []),
    ...learnGaps(learned),
  ].map((line) => `// ${printable(line)}`);
  if (edges.length + objects.length === 0) return `${head.join("\n")}\n`;
  return [
    ...head,
    'import * as kubernetes from "@pulumi/kubernetes";',
    'import * as pulumi from "@pulumi/pulumi";',
    ...(edges.length > 0 ? ['import { Fence, Peer, Port, type Workload } from "meshfence";'] : []),
    "",
    "const config = new pulumi.Config();",
    'const provider = new kubernetes.Provider("cluster", {',
    '  kubeconfig: config.getSecret("kubeconfig"),',
    '  context: config.require("context"),',
    "});",
    "",
    ...names.declarations,
    ...(names.declarations.length > 0 ? [""] : []),
    ...(edges.length > 0 ? fence(transportMode, lines) : []),
    ...(edges.length > 0 && objects.length > 0 ? [""] : []),
    ...(objects.length > 0 ? authorizations(objects, edges.length > 0) : []),
    "",
  ].join("\n");
}

/** What exists already, besides what is learned. */
export interface Kept {
  /** Whether there are policies. */
  hasPolicies: boolean;
  /** The places where a program creates Fences: `index.ts:12`. */
  fences: readonly string[];
}

const fence = (transportMode: string, edges: readonly string[]) => [
  "export const fence = new Fence(",
  '  "learned",',
  "  {",
  `    transportMode: ${literal(transportMode)},`,
  "    edges: [",
  ...edges,
  "    ],",
  "  },",
  "  { provider },",
  ");",
];

function authorizations(objects: readonly object[], isBesideFence: boolean): string[] {
  const options = isBesideFence ? "{ provider, dependsOn: fence }" : "{ provider }";
  return [
    "// Linkerd's authorization distinguishes the ports that travel inside 4143.",
    "const authorizations: kubernetes.apiextensions.CustomResourceArgs[] = [",
    ...objects.map((object) => `  ${literal(object)},`),
    "];",
    "for (const [index, object] of authorizations.entries())",
    `  new kubernetes.apiextensions.CustomResource(\`authorization-\${index}\`, object, ${options});`,
  ];
}

/** A JSON value, formatted as people write it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, one]) =>
    one === undefined ? [] : [`${/^[a-z]\w*$/i.test(key) ? key : JSON.stringify(key)}: ${literal(one)}`],
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

const port = ({ number = 0, protocol }: Port) =>
  `Port.${protocol === "UDP" ? "udp" : protocol === "SCTP" ? "sctp" : "tcp"}(${number})`;

function end(party: Workload | MeshedPeer | EgressPeer, names: Names): string {
  if ("accounts" in party) return `{ peer: ${peer(party.peer)}, accounts: ${literal(party.accounts)} }`;
  return "kind" in party ? peer(party) : names.of(party);
}

function peer(one: EgressPeer): string {
  switch (one.kind) {
    case "fqdn":
      return "matchName" in one.fqdn ? `Peer.fqdn(${literal(one.fqdn.matchName)})` : literal(one);
    case "cidr":
      return "cidr" in one.cidr ? `Peer.cidr(${literal(one.cidr.cidr)})` : literal(one);
    case "entity":
      return `Peer.entity(${literal(one.entity)})`;
    case "endpoints":
      return `Peer.select(${[one.endpoints, one.namespace]
        .filter((part) => part !== undefined)
        .map((part) => literal(part))
        .join(", ")})`;
    default:
      return literal(one);
  }
}

/** A constant for each workload. */
class Names {
  readonly declarations: string[] = [];
  private readonly known = new Map<string, string>();

  of(workload: Workload): string {
    const { namespace, name } = workload;
    const key = JSON.stringify([namespace, name]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const words = `${namespace} ${name}`.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
    const camel = words
      .map((word, index) => (index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
      .join("");
    const wanted = /^[a-z]/.test(camel) ? camel : `workload${camel}`;
    const taken = new Set([
      ...this.known.values(),
      "config",
      "provider",
      "fence",
      "kubernetes",
      "pulumi",
      "authorizations",
    ]);
    let chosen = wanted;
    for (let number = 2; taken.has(chosen); number++) chosen = `${wanted}${number}`;
    this.known.set(key, chosen);
    this.declarations.push(`const ${chosen}: Workload = ${literal(workload)};`);
    return chosen;
  }
}
