// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { reachReport } from "../../../lib/cli/reports/reach";

import { evaluate } from "../../../lib/manifests/evaluate";
import { reachText } from "../../../lib/report/reach/reach-text";

const options = { namespace: "default" };
const read = (...texts: string[]) =>
  manifestsOf(
    texts.map((text, index) => ({ file: `${index}.yaml`, text })),
    options,
  );
const config = (data: string) =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: ${data}}`;
const flux = (chart: string, values: string) =>
  `{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r, namespace: x}, spec: {chart: {spec: {chart: ${chart}}}, values: ${values}}}`;
const argo = (helm: string) =>
  `{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: cilium, namespace: argocd}, spec: {sources: [{repoURL: 'oci://x', chart: cilium, helm: ${helm}}]}}`;
const k3s = (content: string) =>
  `{apiVersion: helm.cattle.io/v1, kind: HelmChart, metadata: {name: cilium, namespace: kube-system}, spec: {chart: cilium, valuesContent: ${JSON.stringify(content)}}}`;
const pod = (name: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}`;
const policy = (peer: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [${peer}]}]}}`;
const cluster = [pod("web"), pod("db"), policy("{matchLabels: {app: api}}")];
const agentOf = (...texts: string[]) => evaluate(read(...texts), options).scenario.cluster;
const reaches = (from: string, to: string, ...texts: string[]) =>
  evaluate(read(...texts), options).reachability.verdict({ from, to, proto: "TCP", port: 80 });

test("reads the agent's settings wherever they are set", () => {
  const all = {
    name: "prod",
    policyEnforcement: "always",
    auditMode: false,
    cidrMatchMode: ["nodes"],
    hostFirewall: true,
    ipv4: true,
    ipv6: false,
    mutualAuthentication: true,
    policyDefaultLocalCluster: false,
    labels: ["!k8s:app", "tier"],
  };
  const values =
    "{cluster: {name: prod}, policyEnforcementMode: always, policyAuditMode: false, policyCIDRMatchMode: [nodes], hostFirewall: {enabled: true}, ipv4: {enabled: true}, ipv6: {enabled: false}, authentication: {enabled: true}, clustermesh: {policyDefaultLocalCluster: false}, labels: '!k8s:app tier'}";
  const data =
    "{cluster-name: prod, enable-policy: always, policy-audit-mode: 'false', policy-cidr-match-mode: nodes, enable-host-firewall: 'true', enable-ipv4: 'true', enable-ipv6: 'false', mesh-auth-enabled: 'true', policy-default-local-cluster: 'false', labels: '!k8s:app tier'}";
  for (const text of [config(data), flux("cilium", values), argo(`{valuesObject: ${values}}`), k3s(values)])
    assert.deepEqual(agentOf(text), all, text);
  assert.deepEqual(agentOf(argo(`{values: "policyEnforcementMode: never"}`)), { policyEnforcement: "never" });
  assert.deepEqual(agentOf(argo("{parameters: [{name: policyAuditMode, value: 'true'}]}")), { auditMode: true });
  assert.deepEqual(agentOf(flux("cilium", "{extraConfig: {enable-policy: never}}")), { policyEnforcement: "never" });
  assert.equal(agentOf(flux("other", values)), undefined);
});

test("reads Linkerd's transport mode from its chart's values", () => {
  const values = "{proxy: {outboundTransportMode: transparent}}";
  assert.equal(read(flux("linkerd-control-plane", values)).transportMode, "transparent");
  assert.equal(read(flux("linkerd-viz", values)).transportMode, undefined);
});

test("reports a setting with two values, with both places", () => {
  const { problems, agent } = read(config("{enable-policy: never}"), flux("cilium", "{policyEnforcementMode: always}"));
  assert.deepEqual(agent, { policyEnforcement: "never" });
  assert.deepEqual(
    problems.map(({ code, file, object }) => [code, file, object]),
    [["conflicting-setting", "1.yaml", "HelmRelease x/r"]],
  );
  assert.match(
    problems[0]?.message ?? "",
    /"always" here, and "never" in ConfigMap kube-system\/cilium-config \(0\.yaml:1\)/,
  );
  assert.deepEqual(
    read(config("{enable-policy: never}"), config("{enable-policy: never}").replace("kube-system", "cilium")).problems,
    [],
  );
  assert.equal(read(config("{enable-policy: sometimes}")).problems[0]?.code, "invalid-setting");
});

test("reads kube-proxy replacement in the terms of older Cilium versions, too", () => {
  const said = (value: string) => {
    const { agent, problems } = read(flux("cilium", `{kubeProxyReplacement: ${value}}`));
    return [agent?.kubeProxyReplacement, problems.length];
  };
  assert.deepEqual(["strict", "disabled", "true", "partial"].map(said), [
    [true, 0],
    [false, 0],
    [true, 0],
    [undefined, 1],
  ]);
});

test("a variable that is substituted later is not a value", () => {
  const { unseen, agent } = read(config("{enable-policy: '${MODE}'}"));
  const missing = { unknown: { policyEnforcement: "the value of ${MODE} (enable-policy)" } };
  assert.deepEqual([agent, unseen.map(({ object }) => object)], [missing, ["ConfigMap kube-system/cilium-config"]]);
});

test("where nothing is enforced, everything is allowed, and the first line says so", () => {
  assert.equal(reaches("shop/web", "shop/db", ...cluster).allowed, false);
  for (const [data, words] of [
    ["{policy-audit-mode: 'true'}", /^Reachability: .*nothing is enforced:\s+policyAuditMode is on/],
    ["{enable-policy: never}", /^Reachability: .*nothing is enforced:\s+policyEnforcementMode is never/],
  ] as const) {
    const evaluated = evaluate(read(...cluster, config(data)), options);
    const report = reachReport(evaluated);
    assert.ok([...report.verdicts].every(({ allowed }) => allowed));
    assert.match(reachText(report), words);
  }
});

test("where only some nodes enforce policies, the first line names them", () => {
  const nodes = (selector: string, defaults: string) =>
    `{apiVersion: cilium.io/v2, kind: CiliumNodeConfig, metadata: {name: edge, namespace: kube-system}, spec: {nodeSelector: {${selector}}, defaults: {${defaults}}}}`;
  const firstLine = (...texts: string[]) =>
    reachText(reachReport(evaluate(read(...cluster, ...texts), options)))
      .split("\n\n", 1)[0]
      ?.replace(/\s+/g, " ");
  const edge = "matchLabels: {role: edge}, matchExpressions: [{key: disk, operator: In, values: [ssd, nvme]}]";
  const named = (key: string) =>
    `nodes with role=edge,disk in (ssd,nvme) (CiliumNodeConfig kube-system/edge (3.yaml:1) sets ${key})`;
  for (const [words, ...texts] of [
    [`nothing is enforced on ${named("policy-audit-mode")}`, nodes(edge, "policy-audit-mode: 'true'")],
    [`nothing is enforced on ${named("enable-policy")}`, nodes(edge, "enable-policy: never")],
    ["nothing is enforced: policyAuditMode is on", nodes("", "policy-audit-mode: 'true'")],
    [
      `nothing is enforced, except on ${named("policy-audit-mode")}: policyAuditMode is on`,
      nodes(edge, "policy-audit-mode: 'false'"),
      config("{policy-audit-mode: 'true'}"),
    ],
  ] as const)
    assert.ok(firstLine(...texts)?.includes(words), `${words}\n${firstLine(...texts)}`);
  for (const texts of [[], [nodes(edge, "enable-policy: always")]])
    assert.doesNotMatch(firstLine(...texts) ?? "", /enforced/);
});

test("where policies are always enforced, a pod without one is denied everything", () => {
  assert.equal(reaches("shop/db", "shop/web", ...cluster).allowed, true);
  const { egress, ingress } = reaches("shop/db", "shop/web", ...cluster, config("{enable-policy: always}"));
  assert.deepEqual([egress, ingress], ["denied", "denied"]);
});

test("a label that the agent excludes from identities selects nothing", () => {
  const told = config("{labels: '!k8s:app'}");
  assert.equal(
    reaches("shop/web", "shop/db", ...cluster, told).ingressRules?.[0],
    "/[reserved:io.cilium.policy.derived-from=allow-any-ingress]",
  );
  const kept = config("{labels: 'k8s:io\\\\.kubernetes k8s:tier'}");
  assert.equal(
    reaches("shop/web", "shop/db", ...cluster, kept).allowed,
    true,
    "whoever says what to keep leaves out the rest",
  );
});

test("selectors without a cluster match any cluster if the agent is configured so", () => {
  const west = policy("{matchLabels: {app: api, io.cilium.k8s.policy.cluster: west}}");
  const from = "any pod of shop with app=api of cluster west";
  const both = [pod("db"), west, policy("{matchLabels: {app: api}}").replace("name: p", "name: q")];
  const narrow = [
    pod("db"),
    policy("{matchLabels: {app: api}}"),
    west.replace("name: p", "name: q").replace("app: db", "app: web"),
  ];
  assert.equal(reaches(from, "shop/db", ...both).allowed, true);
  assert.equal(reaches(from, "shop/db", ...narrow).allowed, false);
  assert.equal(reaches(from, "shop/db", ...narrow, config("{policy-default-local-cluster: 'false'}")).allowed, true);
});

test("the container's arguments override the agent's ConfigMap", () => {
  const daemonSet = (container: string) =>
    `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: cilium, namespace: kube-system}, spec: {template: {metadata: {labels: {a: b}}, spec: {hostNetwork: true, containers: [{name: cilium-agent, ${container}}]}}}}`;
  for (const container of [
    "args: ['--config-dir=/x', '--enable-policy=never']",
    "command: [cilium-agent], args: ['--enable-policy', never]",
    "env: [{name: CILIUM_ENABLE_POLICY, value: Never}]",
    "args: ['--enable-policy=never'], env: [{name: CILIUM_ENABLE_POLICY, value: always}]",
  ])
    assert.deepEqual(agentOf(daemonSet(container)), { policyEnforcement: "never" }, container);
  const both = read(config("{enable-policy: always}"), daemonSet("args: ['--enable-policy=never']"));
  assert.deepEqual(both.agent, { policyEnforcement: "never" });
  assert.deepEqual(
    both.problems.map(({ code }) => code),
    ["conflicting-setting"],
  );
  assert.deepEqual(agentOf(daemonSet("args: []").replace("cilium-agent", "other")), undefined);
  const values = `{extraArgs: ["--enable-policy=never"]}`;
  assert.deepEqual(agentOf(k3s(values)), { policyEnforcement: "never" });
  assert.deepEqual(agentOf(k3s("{extraEnv: [{name: CILIUM_POLICY_AUDIT_MODE, value: '1'}]}")), { auditMode: true });
});

test("reads the values of a bundled chart and of Cilium's operator, and reports the operator's objects as not seen", () => {
  const bundled = (name: string) =>
    `{apiVersion: helm.cattle.io/v1, kind: HelmChartConfig, metadata: {name: ${name}, namespace: kube-system}, spec: {valuesContent: "policyEnforcementMode: never"}}`;
  const operator =
    "{apiVersion: cilium.io/v1alpha1, kind: CiliumConfig, metadata: {name: c, namespace: cilium}, spec: {policyEnforcementMode: never}}";
  for (const text of [bundled("rke2-cilium"), bundled("cilium"), operator])
    assert.deepEqual(agentOf(text), { policyEnforcement: "never" }, text);
  assert.equal(read(operator).unseen.length, 1, "its pods are not seen");
  assert.equal(agentOf(bundled("traefik")), undefined);
});

test("policies of a kind that the agent does not read have no effect, and are reported", () => {
  const kubernetes = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress]}}`;
  for (const [policies, data, kind] of [
    [cluster, "{enable-cilium-network-policy: 'false'}", "CiliumNetworkPolicy"],
    [[pod("web"), pod("db"), kubernetes], "{enable-k8s-networkpolicy: 'F'}", "NetworkPolicy"],
  ] as const) {
    assert.equal(reaches("shop/web", "shop/db", ...policies).allowed, false);
    assert.equal(reaches("shop/web", "shop/db", ...policies, config(data)).allowed, true);
    const { unseen } = read(...policies, config(data));
    assert.equal(unseen.length, 1);
    assert.match(unseen[0]?.reason ?? "", new RegExp(`does not read kind ${kind}, so one is left out`));
  }
  assert.deepEqual(read(config("{enable-k8s-networkpolicy: 'false'}")).unseen, []);
  assert.equal(
    reaches("shop/web", "shop/db", ...cluster, k3s("{k8sNetworkPolicy: {enabled: false}}")).allowed,
    false,
    "it is another kind",
  );
});

test("reports a setting that matters and is not evaluated", () => {
  for (const data of [
    "{label-prefix-file: /x}",
    "{static-cnp-path: /x}",
    "{allow-localhost: policy}",
    "{enable-icmp-rules: 'false'}",
    "{enable-node-selector-labels: 'true'}",
    "{enable-extended-ip-protocols: 'true'}",
    "{enable-non-default-deny-policies: 'false'}",
  ]) {
    const key = data.slice(1, data.indexOf(":"));
    const { unseen } = read(config(data));
    assert.deepEqual([unseen.length, unseen[0]?.reason.startsWith(`it sets ${key} to`)], [1, true], data);
  }
  const asItIs =
    "{label-prefix-file: '', static-cnp-path: '', allow-localhost: always, enable-node-selector-labels: 'false', enable-icmp-rules: 'true', enable-non-default-deny-policies: '1', enable-k8s-networkpolicy: 'true'}";
  assert.deepEqual(read(config(asItIs)).unseen, []);
});
