import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfenceShared } from "../support/meshfence";
import { terminal } from "./judges";

const pod = `apiVersion: v1\nkind: Pod\nmetadata: { name: db, namespace: shop, labels: { app: db } }\nspec: { containers: [{ name: a, image: a, ports: [{ containerPort: 80 }] }] }\n`;
const policy = (spec: string, name = "db") =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: { endpointSelector: { matchLabels: { app: db } }, ${spec} }\n`;
const shut = pod + policy("ingress: [{ fromEndpoints: [{ matchLabels: { app: nobody } }] }]");
const block = (cidr: string) =>
  `---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: open, namespace: shop }\nspec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "${cidr}" } }] }] }\n`;
const agent = (ipv6: boolean) =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: cilium-config, namespace: kube-system }\ndata: { enable-ipv4: "true", enable-ipv6: "${ipv6}" }\n`;
const dns =
  "{ toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': kube-system, k8s-app: kube-dns } }], toPorts: [{ ports: [{ port: '53', protocol: ANY }], rules: { dns: [{ matchPattern: '*' }] } }] }";
const names = (...patterns: string[]) =>
  pod +
  policy(
    `egress: [${dns}, { toFQDNs: [${patterns.map((one) => `{ ${one.includes("*") ? "matchPattern" : "matchName"}: '${one}' }`).join(", ")}] }]`,
  );
const all = (from: string, ipv6 = true) => shut + agent(ipv6) + policy(`ingress: [{ ${from} }]`, "open");
const webhook =
  "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: { name: x }\nwebhooks: [{ name: a.b.c, rules: [{ apiGroups: ['*'], resources: ['*/*'] }] }]\n";
const patch =
  "resources: [base.yaml]\npatches:\n- target: { kind: CiliumNetworkPolicy }\n  patch: '[{ op: replace, path: /spec/ingress, value: [{ fromEntities: [all] }] }]'\n";

/** Changes that open something, or may: the states before and after, and the exit status that a gate must have. */
const changes: Readonly<
  Record<string, readonly [before: string, after: string, status: number[], more?: Readonly<Record<string, string>>]>
> = {
  "all names, by two stars": [names("a.example.com"), names("**"), [1]],
  "all names, by a star": [names("a.example.com"), names("*"), [1]],
  "names of several labels": [names("*.example.com"), names("**.example.com"), [1]],
  "names of more labels": [names("*.example.com", "*.*.example.com"), names("**.example.com"), [1]],
  "a star where the name that usually represents it was already allowed": [
    names("any.example.com"),
    names("*.example.com"),
    [1],
  ],
  "a star where all the names it is tried with were already allowed": [
    names("zq7.example.com", "x0v.example.com", "any.example.com"),
    names("*.example.com"),
    [1],
  ],
  "fewer names": [names("*"), names("**.example.com"), [0]],
  "all of IPv6 where agents have it": [shut + agent(true), all("fromCIDR: ['::/0']"), [1]],
  "all of IPv6 where nothing shows that agents have it": [
    shut,
    shut + policy("ingress: [{ fromCIDR: ['::/0'] }]", "open"),
    [1],
  ],
  "all of IPv6 where agents do not have it": [shut + agent(false), all("fromCIDR: ['::/0']", false), [0]],
  "all of IPv6 beside blocks of it": [all("fromCIDR: ['2000::/3', '::/4']"), all("fromCIDR: ['::/0']"), [1]],
  "IPv6 beside all of IPv4": [all("fromCIDR: [0.0.0.0/0]"), all("fromEntities: [world]"), [1]],
  "a block that crashes the agent": [shut, shut + block("000.000.000.000/0"), [2]],
  "a block with bits beyond its length": [shut, shut + block("1.2.3.4/0"), [1]],
  "a webhook that may change anything": [shut, shut + webhook, [2]],
  "a kustomization whose file has no extension": [shut, shut, [1, 2], { Kustomization: patch }],
};
for (const [what, [before, after, statuses, more = {}]] of Object.entries(changes))
  test(`a gate judges a change to ${what}`, async () => {
    const root = temporaryDirectory();
    for (const [side, text] of [
      ["before", before],
      ["after", after],
    ] as const) {
      mkdirSync(path.join(root, side));
      writeFileSync(path.join(root, side, "base.yaml"), text);
    }
    for (const [name, text] of Object.entries(more)) writeFileSync(path.join(root, "after", name), text);
    const result = await meshfenceShared(["diff", "before", "after", "--fail-on", "opened"], { cwd: root });
    assert.ok(statuses.includes(result.status ?? -1), `${result.status}\n${result.stdout}${result.stderr}`);
  });

test("a hostile file name is printed on one line", async () => {
  const root = temporaryDirectory();
  const name = "x\nPWNED: 0 errors\r\n::error::PWNED";
  for (const [side, text] of [
    ["before", shut],
    ["after", shut + policy("ingress: [{ fromEntities: [all] }]", "open") + policy("ingress: [{}]", "x".repeat(300))],
  ] as const) {
    mkdirSync(path.join(root, side + name, name), { recursive: true });
    writeFileSync(path.join(root, side + name, name, `${name}.yaml`), text);
    writeFileSync(path.join(root, side + name, name, "broken.yaml"), "a: [\n");
  }
  const after = `after${name}`;
  for (const args of [
    ["lint", after],
    ["reach", after],
    ["diff", `before${name}`, after, "--fail-on", "opened"],
    ["explain", "world", "shop/db", "80", after],
    ["reach", after, `--${name}\u001b[2J`],
    ["reach", after, "--max-size", `${name}\u001b[2J`],
  ]) {
    const { status, stdout, stderr } = await meshfenceShared(args, { cwd: root });
    assert.equal(status, 2, args.join(" "));
    terminal(stdout);
    // Typed text is shown as typed, except for what a terminal or a runner would obey.
    terminal(args.length > 2 && args[0] === "reach" ? stderr.replace(/^PWNED/gm, "") : stderr);
  }
});
