import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import { Linkerd, type LinkerdArgs } from "../../lib/components/linkerd";
import { holdBack, type Recording, type Registration, Secret } from "../../lib/pulumi-engine";
import { bothModes, failure, inputs, only, recorded } from "../support/recorded";
import { withKeys } from "../support/with-keys";

const provider = () => new k8s.Provider("cluster", { kubeconfig: "{}" });
const installed =
  (args: LinkerdArgs = {}) =>
  () => {
    const { podAnnotations, transportMode, ready } = new Linkerd("linkerd", args, { provider: provider() });
    return { podAnnotations, transportMode, ready };
  };

/** What the default arguments register, for several tests. */
const byDefault = {
  preview: recorded(installed(), { mode: "preview", respond: withKeys() }),
  update: recorded(installed(), { mode: "update", respond: withKeys() }),
};
const release = (recording: Recording, chart: string) =>
  only(recording, "kubernetes:helm.sh/v3:Release", `linkerd-${chart}`);
const values = (recording: Recording, chart: string) =>
  inputs(release(recording, chart)).values as Record<string, Record<string, unknown>>;

for (const mode of bothModes) {
  test(`${mode}: installs three pinned charts in their namespaces`, async () => {
    const recording = await byDefault[mode];
    for (const [chart, namespace] of [
      ["crds", "linkerd"],
      ["control-plane", "linkerd"],
      ["viz", "linkerd-viz"],
    ] as const) {
      const installedChart = inputs(release(recording, chart));
      assert.equal(installedChart.chart, `linkerd-${chart}`);
      assert.equal(installedChart.name, `linkerd-${chart}`);
      assert.equal(installedChart.version, "2026.8.3");
      assert.equal(installedChart.namespace, namespace);
    }
    assert.equal(values(recording, "crds").installGatewayAPI, true);
    const controlPlane = values(recording, "control-plane");
    assert.deepEqual(controlPlane.proxy, { outboundTransportMode: "transparent" });
    assert.deepEqual(controlPlane.identity, { issuer: { scheme: "kubernetes.io/tls" } });
    assert.equal(controlPlane.webhookFailurePolicy, "Fail");
    assert.equal(values(recording, "viz").tapInjector?.failurePolicy, "Fail");
    assert.deepEqual(inputs(only(recording, "kubernetes:core/v1:Namespace", "linkerd-namespace")).metadata, {
      name: "linkerd",
      labels: {
        "linkerd.io/is-control-plane": "true",
        "linkerd.io/control-plane-ns": "linkerd",
        "config.linkerd.io/admission-webhooks": "disabled",
        "pod-security.kubernetes.io/enforce": "privileged",
      },
    });
  });

  test(`${mode}: every Kubernetes resource uses the explicit provider and is a child of the component`, async () => {
    const recording = await byDefault[mode];
    const { urn } = only(recording, "pulumi:providers:kubernetes", "cluster");
    const inCluster = recording.registrations.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.equal(inCluster.length, 3 + 3 + 1 + 5 + 2);
    for (const registration of inCluster) {
      assert.ok(registration.provider?.startsWith(urn), `${registration.name} goes through ${registration.provider}`);
      assert.ok(ancestors(recording, registration).includes("meshfence:index:Linkerd"), registration.name);
    }
  });

  test(`${mode}: no private key outside secrets`, async () => {
    const recording = await byDefault[mode];
    const texts = recording.registrations.flatMap((registration) => [
      ...plainTexts(registration.inputs),
      ...(registration.custom ? [] : plainTexts(registration.outputs)),
    ]);
    assert.ok(texts.length > 100, "the search saw the inputs");
    assert.deepEqual(
      texts.filter((text) => text.includes("PRIVATE KEY")),
      [],
    );
    assert.doesNotMatch(JSON.stringify(recording.diagnostics), /PRIVATE KEY/);
    for (const chart of ["crds", "control-plane", "viz"]) {
      const all = [...plainTexts(release(recording, chart).inputs), ...secretTexts(release(recording, chart).inputs)];
      assert.ok(
        all.every((text) => !text.includes("PRIVATE KEY")),
        `${chart} has a key in its values`,
      );
    }
  });
}

test("issuer and webhook certificates are signed by longer-lived authorities, and renewed in time", async () => {
  const recording = await byDefault.update;
  const life = (type: string, name: string) => {
    const certificate = inputs(only(recording, `tls:index/${type}`, name));
    return {
      hours: certificate.validityPeriodHours,
      renewed: certificate.earlyRenewalHours,
      authority: certificate.isCaCertificate,
    };
  };
  const forTenYears = { hours: 87600, renewed: undefined, authority: true };
  assert.deepEqual(life("selfSignedCert:SelfSignedCert", "linkerd-identity-trust-anchor-1"), forTenYears);
  assert.deepEqual(life("selfSignedCert:SelfSignedCert", "linkerd-webhooks-authority"), forTenYears);
  const issuer = { hours: 8760, renewed: 1440, authority: true };
  assert.deepEqual(life("locallySignedCert:LocallySignedCert", "linkerd-identity-issuer"), issuer);
  for (const [server, dns] of [
    ["webhooks-linkerd-proxy-injector", "linkerd-proxy-injector.linkerd.svc"],
    ["webhooks-linkerd-sp-validator", "linkerd-sp-validator.linkerd.svc"],
    ["webhooks-linkerd-policy-validator", "linkerd-policy-validator.linkerd.svc"],
    ["viz-webhooks-tap", "tap.linkerd-viz.svc"],
    ["viz-webhooks-tap-injector", "tap-injector.linkerd-viz.svc"],
  ]) {
    const leaf = life("locallySignedCert:LocallySignedCert", `linkerd-${server}`);
    assert.deepEqual(leaf, { hours: 8760, renewed: 1440, authority: undefined });
    const request = inputs(only(recording, "tls:index/certRequest:CertRequest", `linkerd-${server}-request`));
    assert.deepEqual(request.dnsNames, [dns]);
  }
  for (const key of recording.registrations.filter(({ type }) => type === "tls:index/privateKey:PrivateKey")) {
    assert.deepEqual(inputs(key), { algorithm: "ECDSA", ecdsaCurve: "P256" }, key.name);
  }
});

test("the charts trust the authority, and read certificates from Secrets in each server's format", async () => {
  const recording = await byDefault.update;
  const trusted = { externalSecret: true, caBundle: "certificate of linkerd-webhooks-authority\n" };
  const controlPlane = values(recording, "control-plane");
  for (const server of ["proxyInjector", "profileValidator", "policyValidator"]) {
    assert.deepEqual(controlPlane[server], trusted);
  }
  assert.deepEqual(values(recording, "viz").tap, trusted);
  const secret = (name: string) => inputs(only(recording, "kubernetes:core/v1:Secret", name));
  const webhook = secret("linkerd-webhooks-linkerd-policy-validator-secret");
  assert.deepEqual(webhook.metadata, { name: "linkerd-policy-validator-k8s-tls", namespace: "linkerd" });
  assert.equal(webhook.type, "kubernetes.io/tls");
  assert.deepEqual(webhook.stringData, {
    "tls.crt": "certificate of linkerd-webhooks-linkerd-policy-validator\n",
    "tls.key": "PRIVATE KEY (PKCS #8) of linkerd-webhooks-linkerd-policy-validator-key",
  });
  const issuer = secret("linkerd-identity-issuer-secret");
  assert.deepEqual(issuer.metadata, { name: "linkerd-identity-issuer", namespace: "linkerd" });
  assert.equal(issuer.type, "kubernetes.io/tls");
  assert.deepEqual(Object.keys(issuer.stringData as object).sort(), ["ca.crt", "tls.crt", "tls.key"]);
});

test("proofs of injection become ready only with a sidecar", async () => {
  const recording = await byDefault.update;
  const probe = (name: string) => {
    const { spec } = inputs(only(recording, "kubernetes:apps/v1:Deployment", name));
    const { template } = spec as { template: { metadata: { annotations: object }; spec: { containers: [object] } } };
    const [container] = template.spec.containers;
    return { annotations: template.metadata.annotations, ...(container as { readinessProbe: object; ports?: object }) };
  };
  const proxy = probe("linkerd-proxy-injection-deployment");
  assert.deepEqual(proxy.readinessProbe, { httpGet: { path: "/ready", port: 4191 }, periodSeconds: 1 });
  assert.equal(proxy.ports, undefined);
  assert.deepEqual(proxy.annotations, {
    "linkerd.io/inject": "enabled",
    "meshfence.dev/trust-anchors": "1",
    "meshfence.dev/awaited-release": "7",
  });
  const tap = probe("linkerd-tap-injection-deployment");
  assert.deepEqual(tap.readinessProbe, { tcpSocket: { port: 4190 }, periodSeconds: 1 });
});

const dependants = () => {
  const opts = { provider: provider() };
  const linkerd = new Linkerd("linkerd", {}, opts);
  new k8s.core.v1.ConfigMap("listing-the-component", {}, { ...opts, dependsOn: linkerd });
  new k8s.core.v1.ConfigMap("using-ready", { data: { ready: linkerd.ready.apply(String) } }, opts);
};

/** The resources that must not start while the key is unfinished. */
const order: ReadonlyArray<readonly [held: string, waiting: readonly string[]]> = [
  ["linkerd-namespace", ["linkerd-identity-issuer-secret", "linkerd-crds", "linkerd-control-plane"]],
  ["linkerd-identity-issuer-secret", ["linkerd-control-plane", "linkerd-viz"]],
  ["linkerd-webhooks-linkerd-proxy-injector-secret", ["linkerd-control-plane"]],
  ["linkerd-crds", ["linkerd-control-plane"]],
  ["linkerd-control-plane", ["linkerd-proxy-injection-deployment", "linkerd-viz", "using-ready"]],
  ["linkerd-proxy-injection-deployment", ["linkerd-viz", "linkerd-tap-injection-deployment", "using-ready"]],
  ["linkerd-viz-webhooks-tap-injector-secret", ["linkerd-viz"]],
  ["linkerd-viz", ["linkerd-tap-injection-deployment", "listing-the-component", "using-ready"]],
  ["linkerd-tap-injection-deployment", ["listing-the-component", "using-ready"]],
];
for (const [held, waiting] of order) {
  test(`while ${held} is unfinished, its dependents wait`, async () => {
    const program = { project: "meshfence", stack: "test", transport: "direct" as const, program: dependants };
    const { before, after, recording } = await holdBack(program, ({ name }) => name === held);
    assert.equal(recording.error, undefined);
    for (const name of waiting) {
      assert.ok(!before.some((started) => started.name === name), `${name} started too early`);
      assert.ok(
        after.some((started) => started.name === name),
        `${name} never started`,
      );
    }
  });
}

test("certificates do not wait for the CRDs, nor the CRDs for the certificates", async () => {
  const program = { project: "meshfence", stack: "test", transport: "direct" as const, program: installed() };
  const { before } = await holdBack(program, ({ name }) => name === "linkerd-crds");
  assert.ok(before.some(({ name }) => name === "linkerd-identity-issuer-secret"));
});

test("without viz, creates nothing of it", async () => {
  const recording = await recorded(installed({ viz: false }));
  assert.ok(recording.registrations.every(({ name }) => !/viz|tap/.test(name)));
});

test("a rotation is three updates: trust both, switch the signer, forget the old one", async () => {
  const state = async (args: LinkerdArgs) => {
    const recording = await recorded(installed(args), { respond: withKeys() });
    const issuer = inputs(only(recording, "tls:index/locallySignedCert:LocallySignedCert", "linkerd-identity-issuer"));
    const annotations = recording.outputs.podAnnotations as Record<string, string>;
    return {
      trusted: values(recording, "control-plane").identityTrustAnchorsPEM,
      signer: issuer.caCertPem,
      restarts: annotations["meshfence.dev/trust-anchors"],
      vizRestarts: values(recording, "viz").podAnnotations?.["meshfence.dev/trust-anchors"],
    };
  };
  const certificate = (generation: string) => `certificate of linkerd-identity-trust-anchor-${generation}\n`;
  const [one, two] = [{ generation: "1" }, { generation: "2" }];
  assert.deepEqual(await state({ trustAnchors: [one, two] }), {
    trusted: certificate("1") + certificate("2"),
    signer: certificate("1"),
    restarts: "1,2",
    vizRestarts: "1,2",
  });
  assert.deepEqual(await state({ trustAnchors: [one, two], issuer: { signedBy: "2" } }), {
    trusted: certificate("1") + certificate("2"),
    signer: certificate("2"),
    restarts: "1,2",
    vizRestarts: "1,2",
  });
  assert.deepEqual(await state({ trustAnchors: [two], issuer: { signedBy: "2" } }), {
    trusted: certificate("2"),
    signer: certificate("2"),
    restarts: "2",
    vizRestarts: "2",
  });
});

test("an anchor created by this update may not sign while an older one exists, and the issuer stays as it is", async () => {
  const signed: string[] = [];
  const message = await failure(
    installed({ trustAnchors: [{ generation: "1" }, { generation: "2" }], issuer: { signedBy: "2" } }),
    {
      respond: (registration) => {
        if (registration.name === "linkerd-identity-issuer") signed.push(registration.name);
        const start = registration.name.endsWith("anchor-2") ? new Date().toISOString() : "2026-01-01T00:00:00Z";
        return withKeys({ start })(registration);
      },
    },
  );
  assert.match(message, /trust anchor "2" was made by this update and must not sign yet/);
  assert.match(message, /issuer\.signedBy: .*; set it to "1"/);
  assert.deepEqual(signed, []);
});

test("warns of an anchor that is about to expire", async () => {
  const recording = await recorded(installed(), {
    respond: withKeys({ end: new Date(Date.now() + 30 * 86_400_000).toISOString() }),
  });
  const warnings = recording.diagnostics.filter(({ severity }) => severity === "warning").map(({ message }) => message);
  assert.equal(warnings.filter((text) => /trust anchor "1" expires/.test(text)).length, 1, warnings.join("\n"));
});

test("a key given as plain text is secret as soon as the component has it", async () => {
  const recording = await recorded(
    installed({
      trustAnchors: [{ generation: "corp", certificatePem: "certificate\n", privateKeyPem: "PRIVATE KEY" }],
    }),
  );
  const component = only(recording, "meshfence:index:Linkerd");
  assert.ok(plainTexts(component.inputs).every((text) => !text.includes("PRIVATE KEY")));
  assert.ok(secretTexts(component.inputs).some((text) => text.includes("PRIVATE KEY")));
  assert.ok(recording.registrations.every(({ name }) => !name.includes("trust-anchor-corp")));
});

test("reports all problems at once", async () => {
  const message = await failure(
    installed({
      version: "2024.1.1",
      trustAnchors: [{ generation: "1", validityHours: 100 }, { generation: "1" }, { generation: "Zwei" }],
      issuer: { validityHours: 200, earlyRenewalHours: 300 },
      webhookCertificates: { validityHours: 0.5 },
      values: { controlPlane: { identity: { issuer: { tls: { keyPEM: "…" } } } } },
    }),
  );
  for (const expected of [
    /Linkerd: 7 problems/,
    /version: the Linkerd chart 2024\.1\.1 is outside/,
    /trustAnchors\[1\]\.generation: "1" is there twice/,
    /trustAnchors\[2\]\.generation: "Zwei"/,
    /issuer\.earlyRenewalHours: renewal 300 hours before/,
    /issuer\.validityHours: the issuer would live 200 hours and the trust anchor that signs it only 100/,
    /webhookCertificates\.validityHours: 0\.5 is not a lifetime/,
    /values\.controlPlane\.identity\.issuer\.tls\.keyPEM: it would put a private key into Helm's history/,
  ]) {
    assert.match(message, expected);
  }
  assert.match(
    await failure(installed({ issuer: { signedBy: "3" } })),
    /issuer\.signedBy: no trust anchor has the generation "3"; there are "1"/,
  );
});

test("one argument decides where charts and images come from", async () => {
  const artifacts = {
    charts: { repository: "oci://registry.example.com/charts" },
    images: { registry: "registry.example.com" },
  };
  const recording = await recorded(installed({ artifacts }));
  assert.equal(inputs(release(recording, "viz")).chart, "oci://registry.example.com/charts/linkerd-viz");
  assert.equal(inputs(release(recording, "viz")).repositoryOpts, undefined);
  const images = JSON.stringify(recording.registrations.map(({ inputs: all }) => all));
  assert.equal(values(recording, "control-plane").controllerImage, "registry.example.com/linkerd/controller");
  assert.deepEqual(values(recording, "viz").prometheus?.image, {
    registry: "registry.example.com/prom",
    name: "prometheus",
  });
  assert.doesNotMatch(images, /cr\.l5d\.io|docker\.io|registry\.k8s\.io/);
});

function ancestors({ registrations }: Recording, registration: Registration): string[] {
  const parent = registrations.find(({ urn }) => urn === registration.parent);
  return parent === undefined ? [] : [parent.type, ...ancestors({ registrations } as Recording, parent)];
}

function plainTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Secret || typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(plainTexts);
}

function secretTexts(value: unknown): string[] {
  if (value instanceof Secret) return [JSON.stringify(value.value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(secretTexts);
}
