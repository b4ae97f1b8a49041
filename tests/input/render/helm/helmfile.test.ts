import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { deployment, endpointsOf, policiesOf, policy, read, repository, withHelm } from "../support";

const chart = (from: string) => ({
  "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
  "charts/app/values.yaml": "from: none\nname: app\n",
  "charts/app/templates/all.yaml": `${deployment("{{ .Values.name }}")}---\n${policy("app", from)}`,
});

const unseenOf = ({ unseen }: Awaited<ReturnType<typeof read>>) =>
  unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`);

test("renders the releases of a helmfile, with values from files, mappings and `set`", withHelm, async () => {
  const root = repository({
    ...chart("[{fromEntities: [{{ .Values.from }}]}]"),
    "helmfile.yaml": `releases:
  - name: one
    namespace: shop
    chart: ./charts/app
    values:
      - values/shared.yaml
      - {name: web}
    set:
      - {name: from, value: world}
  - {name: off, namespace: shop, chart: ./charts/app, installed: false}
`,
    "values/shared.yaml": "from: cluster\nname: shared\n",
  });
  const manifests = await read(root);
  assert.deepEqual(endpointsOf(manifests), ["shop/web"]);
  assert.deepEqual(policiesOf(manifests, root), ["shop/app charts/app/templates/all.yaml:12"]);
  assert.deepEqual(manifests.policies[0]?.manifest.spec?.ingress, [{ fromEntities: ["world"] }]);
  assert.deepEqual(unseenOf(manifests), []);
});

test(
  "a release whose chart is elsewhere, or that only helmfile evaluates, is reported at its line",
  withHelm,
  async () => {
    const root = repository({
      ...chart("[{}]"),
      "plain/web.yaml": deployment("web"),
      "helmfile.d/10-all.yaml": `repositories:
  - {name: cilium, url: "https://helm.cilium.io"}
  - {name: oci, url: registry.example/charts, oci: true}
releases:
  - {name: cilium, namespace: kube-system, chart: cilium/cilium, version: 1.20.2, values: [{policyAuditMode: true}]}
  - {name: pulled, chart: oci/x}
  - {name: unnamed, chart: other/y}
  - {name: patched, chart: ../charts/app, strategicMergePatches: [{}]}
  - {name: asked, chart: ../charts/app, condition: app.enabled}
  - {name: secret, namespace: s, chart: ../charts/app, secrets: [secrets.yaml]}
  - {name: chartless, chart: ../plain}
  - {name: out, chart: ../../elsewhere}
`,
    });
    const manifests = await read(root);
    assert.deepEqual(unseenOf(manifests), [
      "Release kube-system/cilium: its chart is not in the repository, and nothing is fetched",
      "Release default/pulled: its chart is not in the repository, and nothing is fetched",
      "Release default/unnamed: its chart other/y is neither here nor in a repository that it names",
      "Release default/patched: only helmfile evaluates its `strategicMergePatches`",
      "Release default/asked: only helmfile evaluates its `condition`",
      "Release s/secret: some of its values are not known: those from secrets.yaml",
      "Release default/chartless: ../plain is not a chart: helmfile makes a chart of it",
      "Release default/out: its chart ../../elsewhere leads out of the repository",
    ]);
    assert.deepEqual(
      manifests.unseen.map(({ line }) => line),
      [5, 6, 7, 8, 9, 10, 11, 12],
    );
    // The values of a release are known even if it is not rendered.
    assert.equal(manifests.agent?.auditMode, true);
  },
);

test("a helmfile that is a template, or includes other files, is reported as a whole", async () => {
  const text = "releases:\n  - name: {{ .Environment.Name }}\n    chart: ./app\n";
  for (const [content, reason] of [
    [text, "it is a template, which only helmfile evaluates"],
    ["bases: [common.yaml]\nreleases: []\n", "it includes other files with `bases`, which only helmfile follows"],
    ["helmfiles: [other/helmfile.yaml]\n", "it includes other files with `helmfiles`, which only helmfile follows"],
  ] as const) {
    const root = repository({ "helmfile.yaml": content, "web.yaml": deployment("web") });
    const manifests = await read(root);
    assert.deepEqual(manifests.unseen.map(reasonOfUnseen), [reason], content);
    assert.deepEqual(manifests.problems, []);
    const [never] = (await read(root, "never")).unseen;
    assert.equal(never?.object, "helmfile");
  }
});
