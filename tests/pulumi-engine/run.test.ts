import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { ResourceReference, Secret, unknown, withoutSecrets } from "../../lib/pulumi-engine";
import { App, find, names, record } from "./parts";

const cluster = () => new kubernetes.Provider("cluster", { kubeconfig: "{}" });

test("URNs contain the types of all ancestors below the stack", async () => {
  class Outer extends pulumi.ComponentResource {
    constructor(name: string) {
      super("test:index:Outer", name, {});
      new App(`${name}-app`, {}, { parent: this });
    }
  }
  const recording = await record(() => void new Outer("outer"));
  assert.equal(
    find(recording, "outer-app-release").urn,
    "urn:pulumi:stack::project::test:index:Outer$test:index:App$kubernetes:helm.sh/v3:Release::outer-app-release",
  );
  assert.equal(find(recording, "outer").parent, "urn:pulumi:stack::project::pulumi:pulumi:Stack::project-stack");
});

test("a second resource of the same URN is an error at the line that creates it", async () => {
  const recording = await record(() => {
    new kubernetes.core.v1.Namespace("same", {});
    new kubernetes.core.v1.Namespace("same", {});
  });
  const error = recording.error as Error;
  assert.match(error.message, /Duplicate resource URN '.*Namespace::same'; try giving it a unique name/);
  assert.match(error.stack ?? "", /run\.test\.ts/);
  assert.deepEqual(names(recording.registrations), ["same"]);
});

test("children inherit provider, deletedWith, protect and retainOnDelete, unless they set their own", async () => {
  const recording = await record(() => {
    const provider = cluster();
    const doomed = new tls.PrivateKey("doomed", { algorithm: "ECDSA" });
    new App("app", {}, { providers: [provider], deletedWith: doomed, protect: true, retainOnDelete: true });
    const parent = new kubernetes.core.v1.Namespace("parent", {}, { provider, protect: true });
    new kubernetes.core.v1.ConfigMap("child", {}, { parent, protect: false });
  });
  const release = find(recording, "app-release");
  assert.equal(release.provider, find(recording, "cluster").urn);
  assert.equal(release.deletedWith, find(recording, "doomed").urn);
  assert.equal(release.protect, true);
  assert.equal(release.retainOnDelete, true);
  assert.deepEqual(find(recording, "app").providers, { kubernetes: find(recording, "cluster").urn });
  assert.equal(find(recording, "child").provider, find(recording, "cluster").urn);
  assert.equal(find(recording, "child").protect, false);
});

test("without an explicit provider a resource gets the default one of its package and version", async () => {
  const recording = await record(() => void new tls.PrivateKey("key", { algorithm: "ECDSA" }), {
    config: { "tls:proxy": "none", "project:other": "x" },
  });
  const version = (require("@pulumi/tls/package.json") as { version: string }).version;
  const provider = find(recording, `default_${version.replaceAll(".", "_")}`);
  assert.equal(find(recording, "key").provider, provider.urn);
  assert.equal(provider.implicit, true);
  assert.deepEqual(provider.inputs, { proxy: "none" });
});

test("dependencies come from dependsOn, through components, and from inputs", async () => {
  const recording = await record(() => {
    const app = new App("app");
    const key = new tls.PrivateKey("key", { algorithm: "ECDSA" }, { dependsOn: app });
    new kubernetes.core.v1.ConfigMap("config", { data: { key: key.publicKeyPem } });
  });
  const children = ["app-namespace", "app-release"].map((name) => find(recording, name).urn);
  assert.deepEqual([...find(recording, "key").dependencies].sort(), children);
  const { dependencies, propertyDependencies } = find(recording, "config");
  assert.deepEqual(dependencies, [find(recording, "key").urn]);
  assert.deepEqual(propertyDependencies, { apiVersion: [], kind: [], data: [find(recording, "key").urn] });
});

test("secrets stay marked and hidden", async () => {
  const recording = await record(
    () => new App("app", { values: { plain: 1, key: pulumi.secret("hush"), own: new pulumi.Config().require("own") } }),
    { config: { "project:own": "hush too" }, secretConfigKeys: ["project:own"] },
  );
  const { inputs } = find(recording, "app-release");
  assert.deepEqual(inputs.values, { plain: 1, key: new Secret("hush"), own: "hush too" });
  assert.deepEqual(withoutSecrets(inputs.values ?? null), { plain: 1, key: "hush", own: "hush too" });
  for (const shown of [JSON.stringify(inputs.values), inspect(inputs.values)]) {
    assert.match(shown, /\[secret\]/);
    assert.doesNotMatch(shown, /"hush"|'hush'/);
  }
});

test("in preview only inputs are known, in update everything is, and IDs are the same in every run", async () => {
  const program = () => {
    const key = new tls.PrivateKey("key", { algorithm: "ECDSA" });
    new kubernetes.core.v1.ConfigMap("config", {
      data: { id: key.id, pem: key.privateKeyPem, algorithm: key.algorithm },
    });
    return { key: key.id };
  };
  const preview = await record(program);
  assert.deepEqual(find(preview, "config").inputs.data, {
    id: unknown,
    pem: new Secret(unknown),
    algorithm: "ECDSA",
  });
  assert.equal(find(preview, "key").id, undefined);
  assert.deepEqual(preview.outputs, { key: unknown });

  const respond = ({ type }: { type: string }) =>
    type.startsWith("tls:") ? { outputs: { privateKeyPem: "PEM" } } : undefined;
  const [first, second] = await Promise.all([
    record(program, { mode: "update", respond }),
    record(program, { mode: "update", respond }),
  ]);
  assert.match(find(first, "key").id ?? "", /^key-[0-9a-f]{8}$/);
  assert.deepEqual(find(first, "config").inputs.data, {
    id: find(first, "key").id,
    pem: new Secret("PEM"),
    algorithm: "ECDSA",
  });
  assert.deepEqual(first, second);
});

test("options reach the recording", async () => {
  // Pulumi locates a resource only by named functions.
  const program = () => {
    new kubernetes.core.v1.ConfigMap(
      "config",
      {},
      {
        aliases: [{ name: "old" }, "urn:pulumi:stack::project::a:b:C::older", { parent: pulumi.rootStackResource }],
        ignoreChanges: ["data"],
        replaceOnChanges: ["immutable"],
        additionalSecretOutputs: ["data"],
        customTimeouts: { create: "10m" },
        deleteBeforeReplace: false,
        import: "default/config",
        hideDiffs: ["metadata"],
        version: "4.1.0",
      },
    );
  };
  const recording = await record(program);
  const config = find(recording, "config");
  assert.deepEqual(config.ignoreChanges, ["data"]);
  assert.deepEqual(config.replaceOnChanges, ["immutable"]);
  assert.deepEqual(config.additionalSecretOutputs, ["data"]);
  assert.equal(config.customTimeouts.create, "10m");
  assert.equal(config.deleteBeforeReplace, false);
  assert.equal(config.import, "default/config");
  assert.deepEqual(config.hideDiffs, ["metadata"]);
  assert.equal(config.version, "4.1.0");
  assert.match(config.source?.file ?? "", /run\.test\.ts$/);
  const [renamed, moved] = config.aliases;
  assert.equal(typeof renamed === "object" && renamed.name, "old");
  assert.equal(moved, "urn:pulumi:stack::project::a:b:C::older");
});

test("resources travel as references", async () => {
  const recording = await record(() => {
    const app = new App("app");
    new kubernetes.core.v1.ConfigMap("config", {
      data: { app: app as unknown as string, name: app.namespace as unknown as string },
    });
  });
  assert.deepEqual(find(recording, "config").inputs.data, {
    app: new ResourceReference(find(recording, "app").urn),
    name: new ResourceReference(find(recording, "app-namespace").urn, unknown),
  });
});

test("resources that are read are recorded as read, with unknown outputs", async () => {
  for (const mode of ["preview", "update"] as const) {
    const recording = await record(
      () => {
        const read = kubernetes.core.v1.Namespace.get("read", "kube-system", { provider: cluster() });
        new kubernetes.core.v1.ConfigMap("config", { data: { name: read.metadata.name } });
      },
      { mode },
    );
    assert.equal(find(recording, "read").read, true);
    assert.equal(find(recording, "read").id, "kube-system");
    assert.deepEqual(recording.error, undefined);
    if (mode === "preview") assert.deepEqual(find(recording, "config").inputs.data, { name: unknown });
  }
});

test("a generated SDK's package reference becomes the plugin and the package that it serves", async () => {
  const recording = await record(async () => {
    const reference = pulumi.runtime.registerPackage({
      baseProviderName: "terraform-provider",
      baseProviderVersion: "1.1.3",
      baseProviderDownloadUrl: "",
      packageName: "kind",
      packageVersion: "0.11.0",
      base64Parameter: Buffer.from("{}").toString("base64"),
    });
    class Cluster extends pulumi.CustomResource {}
    new Cluster("kind:index/cluster:Cluster", "cluster", {}, {}, false, reference);
  });
  const { package: reference, provider } = find(recording, "cluster");
  assert.equal(reference?.name, "terraform-provider");
  assert.equal(reference?.version, "1.1.3");
  assert.equal(reference?.parameterization?.name, "kind");
  assert.equal(provider, "urn:pulumi:stack::project::pulumi:providers:kind::default_0_11_0");
});

test("transforms of the resource, of its ancestors and of the stack are applied, in that order", async () => {
  const mark =
    (who: string): pulumi.ResourceTransform =>
    ({ type, props, opts }) => {
      if (type !== "kubernetes:core/v1:ConfigMap") return undefined;
      return { props: { ...props, data: { by: `${props.data?.by ?? ""}${who}` } }, opts: { ...opts, protect: true } };
    };
  const recording = await record(() => {
    pulumi.runtime.registerResourceTransform(mark("stack"));
    const parent = new pulumi.ComponentResource("test:index:Parent", "parent", {}, { transforms: [mark("parent,")] });
    new kubernetes.core.v1.ConfigMap("config", {}, { parent, transforms: [mark("own,")] });
  });
  assert.equal(recording.error, undefined);
  assert.deepEqual(find(recording, "config").inputs.data, { by: "own,parent,stack" });
  assert.equal(find(recording, "config").protect, true);
});

test("hooks run around an update, and in preview only when they ask for it", async () => {
  for (const [mode, expected] of [
    ["update", ["before", "after config-id", "always"]],
    ["preview", ["always"]],
  ] as const) {
    const ran: string[] = [];
    const recording = await record(
      () => {
        new kubernetes.core.v1.ConfigMap(
          "config",
          {},
          {
            hooks: {
              beforeCreate: [new pulumi.ResourceHook("before", () => void ran.push("before"))],
              afterCreate: [
                new pulumi.ResourceHook("after", ({ newOutputs }) => {
                  ran.push(`after ${newOutputs?.mark}`);
                }),
                new pulumi.ResourceHook("always", () => void ran.push("always"), { onDryRun: true }),
              ],
            },
          },
        );
      },
      { mode, respond: ({ custom }) => (custom ? { outputs: { mark: "config-id" } } : undefined) },
    );
    assert.equal(recording.error, undefined);
    assert.deepEqual(ran, expected);
  }
});

test("an error hook can have a failed resource tried again", async () => {
  let attempts = 0;
  const recording = await record(
    () => {
      const onError = [new pulumi.ErrorHook("again", ({ errors }) => errors[0] === "not yet")];
      new kubernetes.core.v1.ConfigMap("config", {}, { hooks: { onError } });
    },
    {
      mode: "update",
      respond: ({ name }) => {
        if (name === "config" && ++attempts < 3) throw new Error("not yet");
        return undefined;
      },
    },
  );
  assert.equal(recording.error, undefined);
  assert.equal(attempts, 3);
});

test("provider functions are answered by the caller, or by an error that says what to do", async () => {
  const program = () =>
    pulumi.runtime.invoke("some:index:getThing", { name: "x" }).then(({ thing }: { thing: string }) => ({ thing }));
  const refused = await record(program);
  assert.match(String(refused.error), /"some:index:getThing".*configuration.*pulumi preview/);
  const answered = await record(program, {
    invoke: ({ token, arguments: args }) => ({ thing: `${token}(${args.name})` }),
  });
  assert.deepEqual(answered.outputs, { thing: "some:index:getThing(x)" });
});

test("records log messages with severity and resource", async () => {
  const recording = await record(async () => {
    const config = new kubernetes.core.v1.ConfigMap("config", {});
    await pulumi.log.warn("careful", config);
    await pulumi.log.info("by the way");
  });
  assert.deepEqual(recording.diagnostics, [
    { severity: "warning", message: "careful", urn: find(recording, "config").urn },
    { severity: "info", message: "by the way", urn: undefined },
  ]);
});

test("each run has its own configuration, names and organization, even concurrently", async () => {
  const program = () => {
    const config = new pulumi.Config();
    return {
      value: config.require("value"),
      project: pulumi.getProject(),
      stack: pulumi.getStack(),
      organization: pulumi.getOrganization(),
    };
  };
  const each = ["one", "two"].map((name) =>
    record(program, {
      project: name,
      stack: `${name}-stack`,
      organization: `${name}-org`,
      config: { [`${name}:value`]: name },
    }),
  );
  assert.deepEqual(
    (await Promise.all(each)).map(({ outputs }) => outputs),
    ["one", "two"].map((name) => ({ value: name, project: name, stack: `${name}-stack`, organization: `${name}-org` })),
  );
});
