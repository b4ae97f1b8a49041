import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { policiesOf, policy, read, repository, withHelm } from "../support";

const chart = (name: string, more = "") => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;

test(
  "a chart that others depend on by its folder is rendered as part of them, at its own position, and not by itself",
  withHelm,
  async () => {
    const root = repository({
      "web/Chart.yaml": chart(
        "web",
        "dependencies:\n- {name: sub, version: 1.0.0, repository: file://../sub, alias: one}\n- {name: sub, version: 1.0.0, repository: file://../sub, alias: two}\n",
      ),
      "web/values.yaml": "one: {named: first}\ntwo: {named: second}\n",
      "sub/Chart.yaml": chart("sub"),
      "sub/values.yaml": "named: alone\n",
      "sub/templates/policy.yaml": policy("{{ .Values.named }}"),
      "release.yaml": `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec: {chart: {spec: {chart: ./web, sourceRef: {kind: GitRepository, name: flux-system}}}}
`,
    });
    const manifests = await read(root);
    assert.deepEqual(policiesOf(manifests, root).sort(), [
      "shop/first sub/templates/policy.yaml:2",
      "shop/second sub/templates/policy.yaml:2",
    ]);
    assert.deepEqual(manifests.unseen.map(reasonOfUnseen), []);
  },
);

test("renders the chart that a HelmChart of K3s holds", withHelm, async () => {
  const folder = repository({
    "web/Chart.yaml": chart("web"),
    "web/templates/policy.yaml": policy("{{ .Release.Name }}-{{ .Values.named }}"),
  });
  const content = execFileSync("tar", ["czf", "-", "-C", folder, "web"]).toString("base64");
  const helmChart = (spec: string) =>
    `apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: one, namespace: kube-system}\nspec: ${spec}\n`;
  const values = 'targetNamespace: shop, valuesContent: "named: first"';
  const root = repository({ "chart.yaml": helmChart(`{chartContent: ${content}, ${values}}`) });
  const manifests = await read(root);
  assert.deepEqual([policiesOf(manifests, root), manifests.unseen], [["shop/one-first chart.yaml:1"], []]);
  const { unseen } = await read(repository({ "chart.yaml": helmChart(`{chartContent: aGVsbG8=, ${values}}`) }));
  assert.match(unseen.map(reasonOfUnseen).join(), /helm fails/);
});

test("says why a template fails, not only where", withHelm, async () => {
  const { unseen } = await read(
    repository({
      "web/Chart.yaml": chart("web"),
      "web/templates/_x.tpl": '{{ define "x" }}{{ fail "a" "b" }}{{ end }}',
      "web/templates/p.yaml": `${policy("web")}# {{ include "x" . }}\n`,
    }),
  );
  assert.match(
    unseen.map(reasonOfUnseen).join(),
    /helm fails: .*web\/templates\/p\.yaml.*_x\.tpl.*wrong number of args for fail/,
  );
});

test("a library chart renders nothing, and is not reported", withHelm, async () => {
  const { unseen, problems } = await read(
    repository({ "Chart.yaml": chart("lib", "type: library\n"), "templates/_x.tpl": '{{ define "x" }}{{ end }}' }),
  );
  assert.deepEqual([unseen, problems], [[], []]);
});

test(
  "reports lookups in the cluster that may affect policies, except for Argo CD, which finds nothing either",
  withHelm,
  async () => {
    const guarded = (kind: string) => `{{- if lookup "v1" "${kind}" "" "shop" }}\n${policy("web")}{{- end }}\n`;
    const reasons = async (templates: Record<string, string>, more: Record<string, string> = {}) => {
      const files = Object.entries(templates).map(([name, text]) => [`web/templates/${name}`, text] as const);
      const { unseen } = await read(
        repository({ "web/Chart.yaml": chart("web"), ...Object.fromEntries(files), ...more }),
      );
      return unseen.map(reasonOfUnseen);
    };
    const lookup = (kind: string) => [
      `its templates look up objects in the cluster, which are not known here: ${kind}`,
    ];
    assert.deepEqual(await reasons({ "p.yaml": guarded("Namespace") }), lookup("Namespace"));
    assert.deepEqual(await reasons({ "p.yaml": guarded("Secret") }), lookup("Secret"));
    const helper = (kind: string) => `{{ define "x" }}{{ (lookup "v1" "${kind}" "shop" "x").data }}{{ end }}`;
    const included = `${policy("web")}# {{ include "x" . }}\n`;
    assert.deepEqual(await reasons({ "_x.tpl": helper("ConfigMap"), "p.yaml": included }), lookup("ConfigMap"));
    // A password that is kept.
    assert.deepEqual(await reasons({ "_x.tpl": helper("Secret"), "p.yaml": included }), []);
    // Never executed with these values, as in Cilium's chart unless k8sServiceHost is `auto`.
    assert.deepEqual(await reasons({ "_x.tpl": helper("ConfigMap"), "p.yaml": policy("web") }), []);
    const guardedByValue = `{{- if and .Values.auto (lookup "v1" "ConfigMap" "shop" "x") }}{{- end }}\n${policy("web")}`;
    assert.deepEqual(await reasons({ "p.yaml": guardedByValue }), []);
    assert.deepEqual(
      await reasons({ "p.yaml": guardedByValue, "../values.yaml": "auto: true\n" }),
      lookup("ConfigMap"),
    );
    assert.deepEqual(await reasons({ "p.yaml": `{{- /* lookup "v1" "Pod" */}}\n# lookup\n${policy("web")}` }), []);
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec: {destination: {namespace: shop}, source: {repoURL: https://git.example/fleet, path: web}}
`;
    assert.deepEqual(await reasons({ "p.yaml": guarded("Namespace") }, { "argo.yaml": application }), []);
  },
);
