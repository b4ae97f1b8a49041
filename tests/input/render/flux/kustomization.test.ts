// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what Flux replaces.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { reasonOfUnseen } from "../../../../lib/common/unseen";
import { BadSubstitution, substitute } from "../../../../lib/input/render/flux/substitute";
import { deployment, endpointsOf, policiesOf, policy, read, repository, withHelm, withKustomize } from "../support";

const kustomization = (name: string, folder: string, more = "") => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec:
  interval: 1h
  path: ${folder}
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
${more}`;

const cluster = {
  "clusters/prod/apps.yaml": kustomization(
    "apps",
    "./apps",
    `  targetNamespace: shop
  dependsOn: [{name: settings}]
  patches:
    - patch: |
        - {op: replace, path: /metadata/labels/app, value: patched}
      target: {kind: Deployment, name: db}
  postBuild:
    substitute: {PORT: "8080"}
    substituteFrom:
      - {kind: ConfigMap, name: settings}
`,
  ),
  "clusters/prod/settings.yaml": kustomization("settings", "./settings"),
  "settings/all.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flux-system}
data: {LAN: 10.1.0.0/16}
`,
  // For a folder without a kustomization, Flux generates one with its manifests and the kustomizations in it.
  "apps/web.yaml": deployment("web").replace("8080", '"${PORT:=1}"'),
  "apps/db/kustomization.yaml": "resources: [db.yaml]\n",
  "apps/db/db.yaml": `${deployment("db", "\n  labels: {app: db}")}---
${policy("db", '[{fromCIDR: ["${LAN}"], toPorts: [{ports: [{port: "5432", protocol: TCP}]}]}]')}`,
  "apps/db/not-applied.yaml": deployment("old"),
};

test(
  "builds a Kustomization with its namespace, its patches, and variables from another one's ConfigMap",
  withKustomize,
  async () => {
    const root = repository(cluster);
    const manifests = await read(root);
    assert.deepEqual(endpointsOf(manifests), ["shop/db", "shop/web"]);
    assert.deepEqual(policiesOf(manifests, root), ["shop/db apps/db/db.yaml:18"]);
    const [{ manifest }] = manifests.policies as [(typeof manifests.policies)[number]];
    assert.deepEqual(manifest.spec?.ingress, [
      { fromCIDR: ["10.1.0.0/16"], toPorts: [{ ports: [{ port: "5432", protocol: "TCP" }] }] },
    ]);
    assert.deepEqual(
      manifests.workloads.map(({ endpoint }) => endpoint.ports?.[0]?.port),
      [8080, 8080],
    );
    assert.deepEqual([manifests.unseen, manifests.problems], [[], []]);
  },
);

test("renders a Kustomization inside a List", withKustomize, async () => {
  const item = kustomization("apps", "./apps", "  targetNamespace: shop\n").trim().replaceAll("\n", "\n    ");
  const root = repository({
    "clusters/all.yaml": `apiVersion: v1\nkind: List\nitems:\n  - ${item}\n`,
    "apps/web.yaml": policy("web"),
  });
  const manifests = await read(root);
  assert.deepEqual([policiesOf(manifests, root), manifests.unseen], [["shop/web apps/web.yaml:7"], []]);
});

test(
  "text that a variable turns into a number is a number, as for Flux, and the API server refuses it",
  withKustomize,
  async () => {
    const port = '[{toPorts: [{ports: [{port: "${PORT}", protocol: TCP}]}]}]';
    const root = repository({ ...cluster, "apps/db/db.yaml": policy("db", port) });
    const { problems } = await read(root);
    assert.deepEqual(
      problems.map(({ file = "", line, message }) => [path.relative(root, file), line, message]),
      [["apps/db/db.yaml", 7, 'expected text: quote it, "8080". The policy is left out']],
    );
  },
);

test("given the folder of one cluster, finds what it applies elsewhere in the repository", withKustomize, async () => {
  const root = repository(cluster);
  assert.deepEqual(endpointsOf(await read(path.join(root, "clusters/prod"))), ["shop/db", "shop/web"]);
});

test("without kustomize, a Kustomization still gets its namespace and variables", async () => {
  const root = repository(cluster);
  const manifests = await read(root, "never");
  assert.deepEqual(endpointsOf(manifests), ["shop/db", "shop/web"]);
  assert.deepEqual(policiesOf(manifests, root), ["shop/db apps/db/db.yaml:18"]);
  assert.deepEqual(
    manifests.unseen.map(({ object }) => object),
    ["Kustomization flux-system/apps"],
  );
});

test(
  "an object that opts out of substitution, or `$${…}`, keeps what looks like a variable as text",
  withKustomize,
  async () => {
    const rule = (cidr: string, path: string) =>
      `[{fromCIDR: ["${cidr}"], toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{path: "${path}"}]}}]}]`;
    const exempt = (kind: string) => `\n  ${kind}: {kustomize.toolkit.fluxcd.io/substitute: disabled}`;
    const named = (name: string, more: string, ingress: string) =>
      policy(name, ingress).replace(`name: ${name}`, `name: ${name}${more}`);
    const group =
      "apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: {name: g}\nspec: {externalCIDRs: ['$${LAN}']}\n";
    for (const mode of ["auto", "never"] as const) {
      const root = repository({
        "ks.yaml": kustomization("apps", "./apps", "  postBuild: {substitute: {LAN: 10.1.0.0/16}}\n"),
        "apps/kustomization.yaml": "resources: [a.yaml, b.yaml, c.yaml, g.yaml]\n",
        "apps/a.yaml": named("a", exempt("annotations"), rule("10.2.0.0/16", "/${LAN}")),
        "apps/b.yaml": policy("b", rule("${LAN}", "/$${LAN}")),
        // As plain text it is not an address, so the API server refuses it.
        "apps/c.yaml": named("c", exempt("labels"), rule("${LAN}", "/")),
        "apps/g.yaml": group,
      });
      const { policies, problems, unseen } = await read(root, mode);
      assert.deepEqual(
        policies.map(({ manifest }) => JSON.stringify(manifest.spec?.ingress).match(/1[^"]*\/16|\/\$[^"]*/g)),
        [
          ["10.2.0.0/16", "/${LAN}"],
          ["10.1.0.0/16", "/${LAN}"],
        ],
        mode,
      );
      assert.deepEqual(
        problems.map(({ code, object }) => `${code} ${object}`),
        ["refused-by-api-server CiliumNetworkPolicy default/c", "refused-by-api-server CiliumCIDRGroup g"],
        mode,
      );
      assert.deepEqual(unseen, [], mode);
    }
  },
);

test("a Secret that cannot be read here leaves variables unknown, and is reported", withKustomize, async () => {
  const root = repository({
    "ks.yaml": kustomization("apps", "./apps", "  postBuild: {substituteFrom: [{kind: Secret, name: secrets}]}\n"),
    "secret.sops.yaml": `apiVersion: v1
kind: Secret
metadata: {name: secrets, namespace: flux-system}
stringData: {LAN: "ENC[AES256_GCM,data:x]"}
sops: {mac: "ENC[AES256_GCM,data:y]", lastmodified: "2026-01-01T00:00:00Z"}
`,
    "apps/web.yaml": deployment("web"),
  });
  const { unseen } = await read(root);
  assert.deepEqual(
    unseen.map((one) => `${one.object}: ${reasonOfUnseen(one)}`),
    ["Kustomization flux-system/apps: some of its variables are not known: those from Secret secrets"],
  );
});

test("reports the manifests of two clusters", withKustomize, async () => {
  const live = cluster["clusters/prod/apps.yaml"];
  const root = repository({ ...cluster, "clusters/staging/apps.yaml": live.replace("shop", "staging") });
  const { problems } = await read(root);
  assert.deepEqual(
    problems.map(({ code, file = "" }) => `${code} ${path.relative(root, file)}`),
    ["several-clusters clusters/staging/apps.yaml"],
  );
  assert.deepEqual((await read(path.join(root, "clusters/staging"))).problems, []);
});

test(
  "reports several clusters even if only one of them has the Kustomization that creates its others",
  withKustomize,
  async () => {
    const inner = (value: string) =>
      kustomization(
        "apps",
        "./apps",
        `  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n  timeout: ${value}\n`,
      );
    const settings = (lan: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\ndata: {LAN: ${lan}}\n`;
    const root = repository({
      "clusters/dev/sync.yaml": kustomization("cluster", "./clusters/dev"),
      "clusters/dev/apps.yaml": inner("1m"),
      "clusters/dev/settings.yaml": settings("10.1.0.0/16"),
      "clusters/prod/apps.yaml": inner("2m"),
      "clusters/prod/settings.yaml": settings("10.2.0.0/16"),
      "apps/web.yaml": policy("web", '[{fromCIDR: ["${LAN}"]}]'),
    });
    const { problems } = await read(root);
    assert.deepEqual(
      problems.filter(({ code }) => code === "several-clusters").map(({ object }) => object),
      ["Kustomization flux-system/apps"],
    );
    const one = await read(path.join(root, "clusters", "prod"));
    assert.deepEqual(one.problems, []);
    assert.deepEqual(
      one.policies.map(({ manifest }) => manifest.spec?.ingress),
      [[{ fromCIDR: ["10.2.0.0/16"] }]],
    );
  },
);

test("Kustomizations that generate themselves do not loop", withKustomize, async () => {
  const itself = (name: string) => `${kustomization(name, "./")}  targetNamespace: ${name}\n`;
  const root = repository({ "a.yaml": `${itself("a")}---\n${itself("b")}`, "web.yaml": deployment("web") });
  assert.deepEqual(endpointsOf(await read(root)), ["a/web", "b/web"]);
});

test("a Kustomization whose source is another repository is reported as not seen", withKustomize, async () => {
  const root = repository({ "ks.yaml": kustomization("apps", "./elsewhere") });
  const { unseen } = await read(root);
  assert.deepEqual(
    unseen.map(({ file, line, ...one }) => [path.relative(root, file), line, reasonOfUnseen(one)]),
    [["ks.yaml", 1, "its source GitRepository flux-system has no such folder here: ./elsewhere"]],
  );
});

test(
  "a kustomization that is a variant of what Flux applies is left out, with its releases",
  withKustomize,
  async () => {
    const overlay = (more: string) => `resources: [../../base]\n${more}`;
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cache, namespace: shop}
spec: {chart: {spec: {chart: cache, sourceRef: {kind: HelmRepository, name: elsewhere}}}}
`;
    const root = repository({
      "cluster/apps.yaml": kustomization("apps", "./apps/overlays/prod"),
      "apps/base/kustomization.yaml": "resources: [web.yaml, release.yaml]\n",
      "apps/base/web.yaml": `${deployment("web")}---\n${policy("web", "[{fromEntities: [cluster]}]")}`,
      "apps/base/release.yaml": release,
      "apps/overlays/dev/kustomization.yaml": overlay("commonAnnotations: {a: b}\n"),
      "apps/overlays/prod/kustomization.yaml": overlay(
        `patches: [{target: {kind: CiliumNetworkPolicy}, patch: '[{"op": "replace", "path": "/spec/ingress", "value": [{"fromEntities": ["host"]}]}]'}]\n`,
      ),
    });
    const manifests = await read(root);
    assert.deepEqual(endpointsOf(manifests), ["default/web"]);
    assert.deepEqual(
      manifests.policies.map(({ manifest }) => manifest.spec?.ingress),
      [[{ fromEntities: ["host"] }]],
    );
    assert.deepEqual(manifests.problems, []);
    assert.deepEqual(
      manifests.unseen.map(({ file, line, ...one }) => `${path.relative(root, file)}: ${reasonOfUnseen(one)}`),
      [
        "apps/base/release.yaml: its chart is not in the repository, and nothing is fetched",
        "apps/overlays/dev/kustomization.yaml: it defines objects that Kustomization flux-system/apps applies in another form, which is the one evaluated",
      ],
    );
  },
);

test("without a remote, the repository is the one that Flux syncs with", withKustomize, async () => {
  const source = (name: string, address: string) =>
    `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: ${name}, namespace: flux-system}\nspec: {url: ${address}}\n`;
  const instance = `apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec: {sync: {kind: GitRepository, url: "https://git.example/shop/fleet.git", path: cluster, ref: refs/heads/main}}
`;
  for (const own of [
    `${source("flux-system", "ssh://git@git.example/shop/fleet")}---\n${kustomization("cluster", "./cluster")}`,
    instance,
  ]) {
    const dashboards = kustomization("dashboards", "./").replace("name: flux-system}", "name: dashboards}");
    const root = repository({
      "flux.yaml": own,
      "cluster/dashboards.yaml": `${source("dashboards", "https://git.example/else/dashboards")}---\n${dashboards}`,
      "cluster/web.yaml": deployment("web"),
    });
    const { unseen, ...manifests } = await read(root);
    assert.deepEqual(endpointsOf(manifests as Awaited<ReturnType<typeof read>>), ["default/web"]);
    assert.deepEqual(
      unseen.map(({ file, line, ...one }) => [path.relative(root, file), reasonOfUnseen(one)]),
      [
        [
          "cluster/dashboards.yaml",
          "its source is another repository: GitRepository dashboards, https://git.example/else/dashboards",
        ],
      ],
    );
  }
});

const release = (spec: string) => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  interval: 1h
${spec}`;

const chart = {
  "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "charts/web/values.yaml": "from: none\n",
  "charts/web/templates/policy.yaml": `{{- if .Values.from }}
${policy("{{ .Release.Name }}", "[{fromEntities: [{{ .Values.from }}]}]")}
{{- end }}
`,
  "charts/web/templates/web.yaml": deployment("{{ .Release.Name }}"),
};

test(
  "renders a HelmRelease whose chart is in the repository; its own values override those of a ConfigMap",
  withHelm,
  async () => {
    const root = repository({
      ...chart,
      "release.yaml":
        release(`  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}
  valuesFrom: [{kind: ConfigMap, name: values}]
  values: {other: 1}
`),
      "values.yaml": "from: nobody\n",
      "cm.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: values, namespace: shop}
data: {values.yaml: "from: world"}
`,
    });
    const manifests = await read(root);
    assert.deepEqual(endpointsOf(manifests), ["shop/web"]);
    assert.deepEqual(policiesOf(manifests, root), ["shop/web charts/web/templates/policy.yaml:3"]);
    assert.deepEqual(manifests.policies[0]?.manifest.spec?.ingress, [{ fromEntities: ["world"] }]);
    assert.deepEqual([manifests.unseen, manifests.problems], [[], []]);
  },
);

test("post-renderers change a chart's objects, which keep their positions", withHelm, async () => {
  const root = repository({
    ...chart,
    "release.yaml": release(`  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}
  values: {from: host}
  postRenderers:
    - kustomize:
        patches:
          - target: {kind: CiliumNetworkPolicy}
            patch: '[{"op": "replace", "path": "/spec/ingress/0/fromEntities/0", "value": "world"}]'
`),
  });
  const manifests = await read(root);
  assert.deepEqual(policiesOf(manifests, root), ["shop/web charts/web/templates/policy.yaml:3"]);
  assert.deepEqual(manifests.policies[0]?.manifest.spec?.ingress, [{ fromEntities: ["world"] }]);
  assert.deepEqual(manifests.unseen, []);
});

test("an artifact made of folders of the repository is read from those folders", withKustomize, async () => {
  const root = repository({
    "generator.yaml": `apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: flux-system, namespace: flux-system}
spec:
  sources: [{alias: repo, kind: GitRepository, name: flux-system}]
  artifacts:
    - name: apps
      copy: [{from: "@repo/teams/base/**", to: "@artifact/base/"}, {from: "@repo/teams/live/**", to: "@artifact/live/"}]
`,
    "ks.yaml": kustomization("apps", "./live")
      .replace("GitRepository", "ExternalArtifact")
      .replace("name: flux-system}\n", "name: apps}\n"),
    "teams/live/web.yaml": deployment("web"),
  });
  const manifests = await read(root);
  assert.deepEqual([endpointsOf(manifests), manifests.unseen], [["default/web"], []]);
});

test("a remote chart is reported as not seen, with the way to fetch it", withHelm, async () => {
  const root = repository({
    "release.yaml": release(
      "  chart: {spec: {chart: podinfo, version: 6.x, sourceRef: {kind: HelmRepository, name: podinfo}}}\n",
    ),
  });
  const { unseen } = await read(root);
  assert.deepEqual(
    unseen.map(({ object, pods, fix }) => [object, pods, /--render remote/.test(fix)]),
    [["HelmRelease shop/web", ["shop"], true]],
  );
});

test("a chart that nothing here installs is rendered with its defaults", withHelm, async () => {
  const root = repository(chart);
  assert.deepEqual(endpointsOf(await read(root)), ["default/web"]);
});

test("a chart whose rendering does not end is given up", withHelm, async () => {
  const root = repository({
    "Chart.yaml": "apiVersion: v2\nname: loop\nversion: 1.0.0\n",
    "templates/all.yaml":
      '{{ range $i := until 1000000000 }}{{ printf "%d" $i | repeat 100000 | sha256sum }}{{ end }}\n',
  });
  const { unseen } = await read(root, "auto", { seconds: 1 });
  assert.deepEqual(unseen.map(reasonOfUnseen), ["helm fails: helm took longer than 1 s"]);
});

test("a default counts only where no unreadable Secret may override it", withKustomize, async () => {
  const applied = async (secret: Record<string, string>) => {
    const root = repository({
      "ks.yaml": kustomization(
        "apps",
        "./apps",
        "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}, {kind: Secret, name: secrets}]}\n",
      ),
      "settings.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\ndata: {NET: 10.1.0.0/16}\n",
      ...secret,
      "apps/web.yaml": policy("web", '[{fromCIDR: ["${NET}", "${LAN:=10.2.0.0/16}"]}]'),
    });
    const { policies } = await read(root);
    return policies.flatMap(({ manifest }) => manifest.spec?.ingress?.[0]?.fromCIDR);
  };
  const encrypted = (key: string) => ({
    "secret.sops.yaml": `apiVersion: v1
kind: Secret
metadata: {name: secrets, namespace: flux-system}
stringData: {${key}: "ENC[AES256_GCM,data:x]"}
sops: {mac: "ENC[AES256_GCM,data:y]", lastmodified: "2026-01-01T00:00:00Z"}
`,
  });
  // An address that is not known is left out of the rule, and the policy counts as undecided.
  assert.deepEqual(await applied({}), ["10.1.0.0/16"]);
  assert.deepEqual(await applied(encrypted("LAN")), ["10.1.0.0/16"]);
  assert.deepEqual(await applied(encrypted("NET")), ["10.2.0.0/16"]);
  assert.deepEqual(await applied(encrypted("OTHER")), ["10.1.0.0/16", "10.2.0.0/16"]);
});

test("substitutes variables as Flux does", () => {
  const variables = new Map([
    ["A", "one"],
    ["EMPTY", ""],
  ]);
  const cases: [string, string, string?][] = [
    ["${A} $A $${A}", "one $A ${A}"],
    ["${B}", "", "${B}"],
    ["${B:=two} ${EMPTY:-three} ${EMPTY=four} ${A:?five}", "two three four one", "${B} three four one"],
    ["${B:=${A}}", "one", "${B}"],
    ["${A^^} ${#A} ${A:1:1} ${A:-1} ${A: -1} ${A/n/x} ${A%e}", "ONE 3 n one one oxe on"],
    ["${A//[/x} ${A/#o/x} ${A/%e/x} ${A##*n} ${A%%n*} ${A#?}", "one xne onx e o ne"],
    // Shells do not do this.
    ["${A:+set}${B:+set}", "oneset", "one${B}"],
    ["$$ $$$${A} $$${A} $", "$ $${A} $one $"],
    ["${1}", "", "${1}"],
  ];
  for (const [text, known, unknown = known] of cases) {
    assert.equal(
      substitute(text, variables, () => false),
      known,
      text,
    );
    assert.equal(
      substitute(text, variables, () => true),
      unknown,
      text,
    );
  }
  for (const refused of ["${A-d}", "${A+d}", "${a.b}", "${not a variable}", "${", "${A", "${A/x}", "${#A:1}"])
    assert.throws(() => substitute(refused, variables, () => false), BadSubstitution, refused);
});
