import type { EgressPeer } from "../../cilium/model/peer";
import type { Port } from "../../cilium/model/port";
import type { MeshedPeer, Workload } from "../../fence/intent";
import { plural } from "../../reachability/words";
import type { Learned } from "../../traffic/learn/learned";
import { evidenceLines, learnGaps } from "./learn-yaml";
import { visible } from "./visible";

/** A Pulumi program with a Fence of the edges that were seen, and Linkerd's objects beside it. Names are JSON's strings, whatever is in them. */
export function learnTypescript(learned: Learned): string {
  const { transportMode, edges, denied } = learned.fence;
  const names = new Names();
  const lines = edges.flatMap(({ edge, seen }) => [
    ...evidenceLines(seen).map((line) => `      // ${line}`),
    `      { from: ${end(edge.from, names)}, to: ${end(edge.to, names)}, ports: [${edge.ports.map(port).join(", ")}] },`,
  ]);
  const objects = learned.authorizations.flatMap(({ objects }) => objects);
  const proof =
    denied.length === 0
      ? [`With this Fence, all ${plural(learned.proof.edges, "edge")} that passed are allowed.`]
      : [
          `With this Fence, ${plural(denied.length, "edge")} of ${learned.proof.edges} that passed are not allowed:`,
          ...denied.map(
            ({ from, to, protocol, port: asked, by }) => `  ${from} → ${to} ${protocol} ${asked}: ${by.join(", ")}`,
          ),
        ];
  return [
    ...[...proof, ...learnGaps(learned)].map((line) => `// ${visible(line)}`),
    'import * as kubernetes from "@pulumi/kubernetes";',
    'import * as pulumi from "@pulumi/pulumi";',
    'import { Fence, Peer, Port, type Workload } from "meshfence";',
    "",
    "const config = new pulumi.Config();",
    'const provider = new kubernetes.Provider("cluster", {',
    '  kubeconfig: config.getSecret("kubeconfig"),',
    '  context: config.require("context"),',
    "});",
    "",
    ...names.declarations,
    ...(names.declarations.length > 0 ? [""] : []),
    "export const fence = new Fence(",
    '  "learned",',
    "  {",
    `    transportMode: ${JSON.stringify(transportMode)},`,
    "    edges: [",
    ...lines,
    "    ],",
    "  },",
    "  { provider },",
    ");",
    ...(objects.length > 0 ? ["", ...authorizations(objects)] : []),
    "",
  ].join("\n");
}

function authorizations(objects: readonly object[]): string[] {
  return [
    "// Linkerd's half: it tells apart the ports that travel inside 4143.",
    "const authorizations: kubernetes.apiextensions.CustomResourceArgs[] = [",
    ...objects.map((object) => `  ${JSON.stringify(object)},`),
    "];",
    "for (const [index, object] of authorizations.entries())",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the program's
    "  new kubernetes.apiextensions.CustomResource(`authorization-${index}`, object, { provider, dependsOn: fence });",
  ];
}

const port = ({ number = 0, protocol }: Port) =>
  `Port.${protocol === "UDP" ? "udp" : protocol === "SCTP" ? "sctp" : "tcp"}(${number})`;

function end(party: Workload | MeshedPeer | EgressPeer, names: Names): string {
  if ("accounts" in party) return `{ peer: ${peer(party.peer)}, accounts: ${JSON.stringify(party.accounts)} }`;
  return "kind" in party ? peer(party) : names.of(party);
}

function peer(one: EgressPeer): string {
  switch (one.kind) {
    case "fqdn":
      return "matchName" in one.fqdn ? `Peer.fqdn(${JSON.stringify(one.fqdn.matchName)})` : JSON.stringify(one);
    case "cidr":
      return "cidr" in one.cidr ? `Peer.cidr(${JSON.stringify(one.cidr.cidr)})` : JSON.stringify(one);
    case "entity":
      return `Peer.entity(${JSON.stringify(one.entity)})`;
    case "endpoints":
      return `Peer.select(${[one.endpoints, one.namespace]
        .filter((part) => part !== undefined)
        .map((part) => JSON.stringify(part))
        .join(", ")})`;
    default:
      return JSON.stringify(one);
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
    this.declarations.push(`const ${chosen}: Workload = ${JSON.stringify(workload)};`);
    return chosen;
  }
}
