/**
 * `npm run bench`: how the time of each command to read, to evaluate and to sum up grows with each dimension of the input, at n, 2n, 4n and 8n. What is read once
 * grows as its input does: a growth near 1. Near 2 it takes the square. Alone: `node --require tsx/cjs tests/bench/growth.ts lint Servers` walks those whose
 * names have all of the words.
 */
import type * as Read from "../../lib/input/manifests/read";
import type * as Represented from "../../lib/input/scenario/representatives";
import type * as Of from "../../lib/input/scenario/scenario";
import type * as Manifests from "../../lib/manifests";
import type * as Reachability from "../../lib/reachability";
import type * as Ports from "../../lib/reachability/every-port";
import type * as Summary from "../../lib/report/reach/summary";

// What users run: tsx makes a call of every use of what is imported.
const { readManifests } = require("../../dist/input/manifests/read") as typeof Read;
const { scenarioOf } = require("../../dist/input/scenario/scenario") as typeof Of;
const { withRepresentatives } = require("../../dist/input/scenario/representatives") as typeof Represented;
const { compile } = require("../../dist/reachability") as typeof Reachability;
const { everyPort } = require("../../dist/reachability/every-port") as typeof Ports;
const { diffManifests, lintManifests } = require("../../dist/manifests") as typeof Manifests;
const { summarize } = require("../../dist/report/reach/summary") as typeof Summary;

interface Dimension {
  what: string;
  n: number;
  text(n: number): string;
  /** Only the reading is measured. */
  onlyRead?: true;
}

const pod = (name: string, labels = `app: ${name}`) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: x, labels: {${labels}}}\nspec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}\n---\n`;
const pods = pod("a") + pod("b");
const cilium = (name: string, spec: string) =>
  `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: x}\nspec: {endpointSelector: {matchLabels: {app: b}}, ${spec}}\n---\n`;
const kubernetes = (spec: string) =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: x}\nspec: {podSelector: {matchLabels: {app: b}}, ${spec}}\n`;
const many = (n: number, one: (index: number) => string, between = ", ") =>
  Array.from({ length: n }, (_, index) => one(index)).join(between);
const block = (index: number) => `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/24`;

const meshed = (name: string) =>
  pod(name).replace("namespace: x,", "namespace: x, annotations: {linkerd.io/inject: enabled},");
const linkerd = (kind: string, name: string, spec: string) =>
  `apiVersion: policy.linkerd.io/${kind === "Server" ? "v1beta3" : "v1alpha1"}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: x}\nspec: {${spec}}\n---\n`;
const server = (index: number) =>
  linkerd("Server", `s${index}`, `podSelector: {matchLabels: {app: b}}, port: ${1000 + index}`);
/** An account that no workload runs under, and its authorization. */
const account = (index: number) =>
  linkerd("MeshTLSAuthentication", `m${index}`, `identityRefs: [{kind: ServiceAccount, name: a${index}}]`) +
  linkerd(
    "AuthorizationPolicy",
    `p${index}`,
    `targetRef: {group: policy.linkerd.io, kind: Server, name: s0}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m${index}}]`,
  );

const dimensions: Dimension[] = [
  {
    what: "keys of a mapping",
    n: 4_000,
    onlyRead: true,
    text: (n) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n${many(n, (i) => `  k${i}: v`, "\n")}\n`,
  },
  {
    what: "anchors and aliases",
    n: 2_000,
    onlyRead: true,
    text: (n) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n${many(n, (i) => `  a${i}: &a${i} v\n  b${i}: *a${i}`, "\n")}\n`,
  },
  {
    what: "merge keys",
    n: 2_000,
    onlyRead: true,
    text: (n) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nbase: &b {x: 1, y: 2}\nlist:\n${many(n, () => "  - {z: 1, <<: *b}", "\n")}\n`,
  },
  {
    what: "documents",
    n: 1_000,
    onlyRead: true,
    text: (n) => many(n, (i) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${i}}\n`, "---\n"),
  },
  {
    what: "JSON values",
    n: 4_000,
    onlyRead: true,
    text: (n) => many(n, (i) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c${i}"}}`, "\n"),
  },
  { what: "nested brackets", n: 4_000, onlyRead: true, text: (n) => `a: ${"[".repeat(n)}${"]".repeat(n)}\n` },
  { what: "nested blocks", n: 1_000, onlyRead: true, text: (n) => `${"- ".repeat(n)}a\n` },
  {
    what: "lines of a template",
    n: 2_000,
    onlyRead: true,
    text: (n) => many(n, (i) => `{{- if .Values.x${i} }}\na: {{ .Values.y }}\n{{- end }}`, "\n"),
  },
  { what: "blanks", n: 20_000, onlyRead: true, text: (n) => `a:${" ".repeat(n)}b\nc: ]${" ".repeat(n)}{x\n` },
  {
    what: "tabs within brackets",
    n: 2_000,
    onlyRead: true,
    text: (n) => `a:\n  b: [\n${many(n, (i) => `\tx${i}`, ",\n")}\n  ]\n`,
  },
  {
    what: "blocks of addresses",
    n: 250,
    text: (n) => pods + kubernetes(`ingress: [{from: [${many(n, (i) => `{ipBlock: {cidr: ${block(i)}}}`)}]}]`),
  },
  {
    what: "exceptions of a block",
    n: 250,
    text: (n) => pods + kubernetes(`ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [${many(n, block)}]}}]}]`),
  },
  {
    what: "names of toFQDNs",
    n: 100,
    text: (n) =>
      pods + cilium("p", `egress: [{toFQDNs: [${many(n, (i) => `{matchPattern: "*.n${i}.example.com"}`)}]}]`),
  },
  {
    what: "ports of a rule",
    n: 500,
    text: (n) =>
      pods +
      cilium(
        "p",
        `ingress: [{toPorts: [${many(Math.ceil(n / 40), (i) => `{ports: [${many(40, (j) => `{port: "${1 + i * 40 + j}"}`)}]}`)}]}]`,
      ),
  },
  {
    what: "policies",
    n: 200,
    text: (n) =>
      pods + many(n, (i) => cilium(`p${i}`, `ingress: [{fromEndpoints: [{matchLabels: {app: a${i}}}]}]`), ""),
  },
  {
    what: "blocks with exceptions",
    n: 250,
    text: (n) =>
      pods +
      kubernetes(
        `ingress: [{from: [${many(n, (i) => `{ipBlock: {cidr: ${block(i)}, except: [${block(i).replace(".0/24", ".128/25")}]}}`)}]}]`,
      ),
  },
  { what: "Servers", n: 250, text: (n) => meshed("a") + meshed("b") + many(n, server, "") },
  { what: "accounts", n: 250, text: (n) => meshed("a") + meshed("b") + server(0) + many(n, account, "") },
  { what: "pods", n: 200, text: (n) => many(n, (i) => pod(`a${i}`), "") + cilium("p", "ingress: [{}]") },
];

/** What is done with manifests; of a dimension of which only the reading is measured, nothing but that. */
const commands: Readonly<Record<string, (text: string, other: () => string) => void>> = {
  reach: (text) => {
    const manifests = readManifests([{ file: "bench.yaml", text }]);
    const policies = manifests.policies.map(({ manifest }) => manifest);
    const { scenario } = withRepresentatives(scenarioOf(manifests, policies, {}), policies);
    const reachability = compile(policies, scenario);
    summarize(reachability.answers(everyPort(scenario, reachability).every), scenario.endpoints);
  },
  lint: (text) => void lintManifests([{ file: "bench.yaml", text }]),
  diff: (text, other) => void diffManifests([{ file: "bench.yaml", text }], [{ file: "bench.yaml", text: other() }]),
};

/** Processor time: what else the machine does is no matter of ours. */
function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function walk(name: string, n: number, run: (size: number) => void): void {
  run(n);
  const times = [1, 2, 4, 8].map((factor) => seconds(() => run(n * factor)));
  const [first = 0, , , last = 0] = times;
  const growth = Math.log2(last / first) / 3;
  process.stdout.write(
    `${name.padEnd(30)} n = ${String(n).padStart(6)}: ${times.map((time) => `${(time * 1000).toFixed(0)} ms`.padStart(9)).join("")}   growth ${growth.toFixed(1)}\n`,
  );
}

const wanted = process.argv.slice(2);
const isWanted = (name: string) => wanted.every((part) => name.includes(part));
for (const { what, n, text, onlyRead } of dimensions) {
  if (onlyRead === true) {
    if (isWanted(`read ${what}`))
      walk(`read ${what}`, n, (size) => readManifests([{ file: "bench.yaml", text: text(size) }]));
    continue;
  }
  for (const [command, run] of Object.entries(commands)) {
    const name = `${command} ${what}`;
    if (isWanted(name)) walk(name, n, (size) => run(text(size), () => text(size - 1)));
  }
}
