// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { withSharedSettings } from "../../../lib/cli/input/shared-settings";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluate } from "../../../lib/manifests/evaluate";

const options = { namespace: "default" };
const read = (...texts: string[]) =>
  manifestsOf(
    texts.map((text, index) => ({ file: `${index}.yaml`, text })),
    options,
  );
const values = {
  clusterNetworks: "10.244.0.0/16,fd00::/8",
  identityTrustDomain: "mesh.example",
  policyController: { probeNetworks: ["172.18.0.0/16"] },
  proxy: { defaultInboundPolicy: "cluster-authenticated", opaquePorts: "5432,7000-7001" },
  proxyInit: { ignoreInboundPorts: "9000", ignoreOutboundPorts: 443 },
};
const expected = {
  defaultPolicy: "cluster-authenticated",
  clusterNetworks: ["10.244.0.0/16", "fd00::/8"],
  probeNetworks: ["172.18.0.0/16"],
  identityTrustDomain: "mesh.example",
  opaquePorts: [5432, 7000, 7001],
  skipInboundPorts: [9000],
  skipOutboundPorts: [443],
  controlPlaneNamespace: "mesh",
};
const flux = (given: object) =>
  JSON.stringify({
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { name: "linkerd", namespace: "flux-system" },
    spec: { targetNamespace: "mesh", chart: { spec: { chart: "linkerd-control-plane" } }, values: given },
  });
const argo = (given: object) =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "linkerd", namespace: "argocd" },
    spec: {
      destination: { namespace: "mesh" },
      source: { repoURL: "oci://x", chart: "linkerd-control-plane", helm: { valuesObject: given } },
    },
  });
const plan = (given: object) =>
  JSON.stringify({
    project: "p",
    stack: "s",
    resources: [
      {
        type: "kubernetes:helm.sh/v3:Release",
        name: "linkerd-control-plane",
        inputs: { chart: "linkerd-control-plane", namespace: "mesh", values: given },
      },
    ],
  });
const config = (given: object, namespace = "mesh") =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "linkerd-config", namespace },
    data: { values: JSON.stringify(given) },
  });
const destination = (args: readonly string[]) =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "linkerd-destination", namespace: "mesh" },
    spec: { template: { spec: { containers: [{ name: "policy", args }] } } },
  });
const meshed = (name: string, more: object = {}, annotations: object = {}) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      labels: { app: name },
      annotations: { "linkerd.io/inject": "enabled", ...annotations },
    },
    spec: { serviceAccountName: name, containers: [{ name: "c", ports: [{ containerPort: 5432 }] }], ...more },
  });
const serverFor = (identity: string) => [
  `{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: s, namespace: shop}, spec: {podSelector: {matchLabels: {app: db}}, port: 5432, accessPolicy: deny}}`,
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: a, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: s}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}]}}`,
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: m, namespace: shop}, spec: {identities: [${identity}]}}`,
];
const asked = { from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 };

test("reads Linkerd's settings wherever they are set", () => {
  for (const text of [flux(values), argo(values), plan(values), config(values)])
    assert.deepEqual(read(text).linkerdSettings, expected, text);
  const rendered = destination([
    "--cluster-networks=10.244.0.0/16,fd00::/8",
    "--identity-domain=mesh.example",
    "--default-policy=cluster-authenticated",
    "--default-opaque-ports=5432,7000-7001",
    "--probe-networks=172.18.0.0/16",
  ]);
  const { skipInboundPorts: _, skipOutboundPorts: __, ...told } = expected;
  assert.deepEqual(read(rendered).linkerdSettings, told);
  assert.equal(read(config({ clusterDomain: "a.b" })).linkerdSettings?.identityTrustDomain, "a.b");
  assert.equal(read(config({})).linkerdSettings?.controlPlaneNamespace, "mesh");
});

test("finds values in a distribution's chart, in a helmfile, and in files that it names", () => {
  const policy = "proxy: {defaultInboundPolicy: deny}";
  const rke2 = JSON.stringify({
    apiVersion: "helm.cattle.io/v1",
    kind: "HelmChartConfig",
    metadata: { name: "rke2-cilium", namespace: "kube-system" },
    spec: { valuesContent: "policyAuditMode: true\n" },
  });
  assert.equal(read(rke2).agent?.auditMode, true);
  const helmfile = (release: string) =>
    readManifests([
      {
        file: "infra/helmfile.yaml",
        text: `releases: [{chart: linkerd/linkerd-control-plane, ${release}}]`,
        found: true,
      },
      { file: "infra/linkerd/values.yaml", text: policy, found: true },
    ]);
  for (const release of [
    "values: [./linkerd/values.yaml]",
    `values: [{${policy}}]`,
    "values: [{proxy: {defaultInboundPolicy: audit}}], set: [{name: proxy.defaultInboundPolicy, value: deny}]",
  ]) {
    const { linkerdSettings, unseen } = helmfile(`namespace: mesh, ${release}`);
    assert.deepEqual(linkerdSettings, { defaultPolicy: "deny", controlPlaneNamespace: "mesh" }, release);
    assert.deepEqual(
      unseen.map(({ file, object, pods }) => [file, object, pods]),
      [["infra/helmfile.yaml", "helmfile", "anywhere"]],
    );
  }
  const template = readManifests([
    { file: "helmfile.d/a.yaml", text: "releases:\n{{ range .Values.x }}\n", found: true },
  ]);
  assert.equal(template.unseen.length, 1);
});

test("reports an invalid value and does not use it, and reports two different values", () => {
  const bad = read(
    config({ clusterNetworks: "everything", proxy: { defaultInboundPolicy: "allow", opaquePorts: "db" } }),
  );
  assert.deepEqual(bad.linkerdSettings, { controlPlaneNamespace: "mesh" });
  assert.deepEqual(
    bad.problems.map(({ code, message }) => [code, message.split(" ")[0]]),
    [
      ["invalid-setting", "proxy.defaultInboundPolicy"],
      ["invalid-setting", "clusterNetworks"],
      ["invalid-setting", "proxy.opaquePorts"],
    ],
  );
  const two = read(config({ identityTrustDomain: "a" }), flux({ identityTrustDomain: "b" }));
  assert.equal(two.linkerdSettings?.identityTrustDomain, "a");
  assert.match(
    two.problems[0]?.message ?? "",
    /identityTrustDomain is "b" here, and "a" in ConfigMap mesh\/linkerd-config/,
  );
  const later = read(config({ identityTrustDomain: "${DOMAIN}" }));
  assert.deepEqual([later.linkerdSettings, later.unseen.length], [{ controlPlaneNamespace: "mesh" }, 1]);
});

test("identities use the trust domain and the control plane's namespace from the settings", () => {
  const objects = [meshed("web"), meshed("db"), ...serverFor("web.shop.serviceaccount.identity.mesh.mesh.example")];
  const allowed = (...more: string[]) =>
    evaluate(read(...objects, ...more), options).reachability.verdict(asked).allowed;
  assert.equal(allowed(), false);
  assert.equal(allowed(config(values)), true);
});

test("pods without annotations get the chart's opaque and skipped ports, others keep their own", () => {
  const own = { "config.linkerd.io/opaque-ports": "1234", "config.linkerd.io/skip-inbound-ports": "1" };
  const { scenario } = evaluate(read(meshed("web"), meshed("db", {}, own), config(values)), options);
  const [db, web] = ["shop/db", "shop/web"].map((id) => scenario.endpoints.find((one) => one.id === id));
  assert.deepEqual(web?.mesh, {
    injected: true,
    opaquePorts: [5432, 7000, 7001],
    skipInboundPorts: [9000],
    skipOutboundPorts: [443],
  });
  assert.deepEqual([db?.mesh?.opaquePorts, db?.mesh?.skipInboundPorts], [[1234], [1]]);
  // The policy controller reads the annotation that the injector writes, as far as a container declares the ports.
  assert.equal(web?.inbound?.annotations?.["config.linkerd.io/opaque-ports"], "5432");
});

test("a running pod's own ports that bypass its proxy override the chart's values", () => {
  const init = {
    name: "linkerd-init",
    args: ["--inbound-ports-to-ignore", "4190,4191,7", "--outbound-ports-to-ignore", "8"],
  };
  const { workloads } = read(meshed("db", { initContainers: [init, { name: "linkerd-proxy" }] }));
  assert.deepEqual(workloads[0]?.endpoint.mesh, { injected: true, skipInboundPorts: [7], skipOutboundPorts: [8] });
});

test("settings that one side of a comparison lacks are those of the other side", () => {
  const [before, after] = withSharedSettings(read(meshed("db"), config(values)), read(meshed("db")));
  assert.deepEqual(after.linkerdSettings, before.linkerdSettings);
});

test("reports as not seen what is not evaluated of Linkerd's objects", () => {
  const made = (apiVersion: string, kind: string, spec: string) =>
    `{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: x, namespace: shop}, spec: ${spec}}`;
  const external = made(
    "workload.linkerd.io/v1beta1",
    "ExternalWorkload",
    "{meshTLS: {identity: a.b, serverName: a.b}, workloadIPs: [{ip: 192.0.2.1}], ports: [{port: 80}]}",
  );
  const egress = (policy: string) => made("policy.linkerd.io/v1alpha1", "EgressNetwork", `{trafficPolicy: ${policy}}`);
  const unseen = (...texts: string[]) => read(...texts).unseen.map(({ object }) => object);
  assert.deepEqual(unseen(external, egress("Deny")), []);
  assert.deepEqual(unseen(external.replace("{ip: 192.0.2.1}", ""), egress("Deny")), ["ExternalWorkload shop/x"]);
});
