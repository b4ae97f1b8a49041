// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what Flux replaces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { policiesOf, policy, read, repository, withHelm, withKustomize } from "../support";

const kustomization = (more: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps/, sourceRef: {kind: GitRepository, name: flux-system}, ${more}}
`;

async function outcome(more: string, from = "[{}]"): Promise<[string[], string[]]> {
  const root = repository({ "clusters/apps.yaml": kustomization(more), "apps/web.yaml": policy("web", from) });
  const manifests = await read(root);
  return [policiesOf(manifests, root), manifests.unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`)];
}

const object = "Kustomization flux-system/apps";
const applied = ["default/web apps/web.yaml:7"];

test("reports what Flux suspends, applies to another cluster, or refuses", withKustomize, async () => {
  assert.deepEqual(await outcome("suspend: true"), [
    applied,
    [`${object}: it is suspended, so what runs may be older than what is here`],
  ]);
  assert.deepEqual(await outcome("kubeConfig: {secretRef: {name: prod}}"), [
    [],
    [`${object}: it is for another cluster, and only one cluster is evaluated: that of the kubeConfig in Secret prod`],
  ]);
  const cidr = (text: string) => `[{fromCIDR: ["${text}"]}]`;
  assert.deepEqual(await outcome("postBuild: {substitute: {A: x}}", cidr("${B-10.0.0.0/8}")), [
    applied,
    [`${object}: Flux does not build it: it reads \${B-10.0.0.0/8} as a bad substitution`],
  ]);
  assert.deepEqual((await outcome("postBuild: {substitute: {a-b: x}}", cidr("10.0.0.0/8")))[1], [
    `${object}: its variable "a-b" has a name that Flux refuses`,
  ]);
  const [, reasons] = await outcome('postBuild: {substitute: {A: "x: [y"}}', '[{fromEntities: ["${A}"]}]');
  assert.match(reasons.join("\n"), /apps: with its variables substituted, one of its objects is not YAML/);
});

test("an object that opts out of substitution is left as it is", withKustomize, async () => {
  const exempt = policy("web", '[{fromCIDR: ["${A}"]}]').replace(
    "name: web\n",
    "name: web\n  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n",
  );
  const files = {
    "clusters/apps.yaml": kustomization("postBuild: {substitute: {A: 10.0.0.0/8}}"),
    "apps/all.yaml": `${exempt}---\n${policy("api", '[{fromCIDR: ["${A}"]}]')}`,
  };
  for (const mode of ["auto", "never"] as const) {
    const { policies, refused } = await read(repository(files), mode).then(({ policies, problems }) => ({
      policies: policies.map(({ manifest }) => [manifest.metadata.name, manifest.spec?.ingress]),
      refused: problems.map(({ object }) => object),
    }));
    assert.deepEqual(policies.find(([name]) => name === "api")?.[1], [{ fromCIDR: ["10.0.0.0/8"] }], mode);
    assert.doesNotMatch(JSON.stringify(policies.find(([name]) => name === "web") ?? []), /10\.0\.0\.0/, mode);
    // As plain text it is not an address.
    assert.deepEqual(refused, ["CiliumNetworkPolicy default/web"], mode);
  }
});

const chart = {
  "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "charts/web/values.yaml": 'from: none\nkept: "yes"\n',
  "charts/web/world.yaml": "from: world\n",
  "charts/web/templates/policy.yaml": policy(
    "{{ .Release.Name }}",
    '[{fromEndpoints: [{matchLabels: {from: {{ .Values.from }}, kept: {{ .Values.kept | default "no" | quote }}}}]}]',
  ),
};
const release = (chartSpec: string, more = "") => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}${chartSpec}}}
${more}`;

test(
  "values files replace the chart's own, and a value with a target path overrides the release's",
  withHelm,
  async () => {
    const ingress = async (text: string, more: Record<string, string> = {}) => {
      const { policies, unseen } = await read(repository({ ...chart, "release.yaml": text, ...more }));
      return [
        Object.values(policies[0]?.manifest.spec?.ingress?.[0]?.fromEndpoints?.[0]?.matchLabels ?? {}),
        unseen.map(reasonOfUnseen),
      ];
    };
    assert.deepEqual(await ingress(release("")), [["none", "yes"], []]);
    assert.deepEqual(await ingress(release(", valuesFiles: [charts/web/world.yaml]")), [["world", "no"], []]);
    assert.deepEqual(await ingress(release(", valuesFiles: [charts/web/values.yaml, ./charts/web/world.yaml]")), [
      ["world", "yes"],
      [],
    ]);
    assert.deepEqual(await ingress(release(", valuesFiles: [charts/web/no.yaml]")), [
      [],
      ["a file of its values is not here: charts/web/no.yaml"],
    ]);
    const from =
      "  values: {from: cluster}\n  valuesFrom: [{kind: ConfigMap, name: v, valuesKey: f, targetPath: from}]\n";
    const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v, namespace: shop}\ndata: {f: host}\n";
    assert.deepEqual(await ingress(release("", from), { "map.yaml": map }), [["host", "yes"], []]);
  },
);

test("a release whose name is too long gets the name that Flux gives it", withHelm, async () => {
  const long = "a-name-that-is-much-longer-than-helm-takes-for-a-release";
  const { policies } = await read(repository({ ...chart, "release.yaml": release("", `  releaseName: ${long}\n`) }));
  assert.deepEqual(
    policies.map(({ manifest }) => manifest.metadata.name),
    ["a-name-that-is-much-longer-than-helm-tak-2612e7e730fb"],
  );
});
