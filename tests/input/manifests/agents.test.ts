import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";

const read = (...texts: string[]) => readManifests(texts.map((text, index) => ({ file: `${index}.yaml`, text })));
const map = (name: string, members: string, namespace = "kube-system") =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, namespace: ${namespace}}, ${members}}`;
const set = (name: string, data: string) => map(name, `data: {${data}}`);
const agents = (spec: string, container: string) =>
  `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: x, namespace: kube-system}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {${spec} containers: [{name: cilium-agent, image: cilium${container}}]}}}}`;
const never = "enable-policy: never";
const built = (source: string) =>
  agents(`initContainers: [{name: config, image: x, command: [cilium-dbg, build-config, '--source=${source}']}],`, "");

/** Each of these turns policy enforcement off. */
const off: Readonly<Record<string, string[]>> = {
  "a key in another case": [set("cilium-config", "Enable-Policy: Never")],
  "a value with blanks and a line end": [set("cilium-config", 'enable-policy: " never\\n"')],
  "the ConfigMap in the agent's folder of settings": [
    agents(
      "volumes: [{name: c, configMap: {name: mine}}],",
      ", args: [--config-dir=/c], volumeMounts: [{name: c, mountPath: /c}]",
    ),
    set("mine", never),
  ],
  "the same among others in a volume": [
    agents(
      "volumes: [{name: c, projected: {sources: [{configMap: {name: mine}}]}}],",
      ", args: [--config-dir=/c], volumeMounts: [{name: c, mountPath: /c}]",
    ),
    set("mine", never),
  ],
  "a source of build-config": [built("config-map:cilium-config,config-map:kube-system/mine"), set("mine", never)],
  "a source of build-config that the chart is given": [
    "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: cilium, namespace: kube-system}, spec: {chart: {spec: {chart: cilium}}, values: {daemon: {configSources: 'config-map:cilium-config,config-map:mine'}}}}",
    set("mine", never),
  ],
  "a shell's script": [
    agents("", ", command: [sh, -c, 'exec /usr/bin/cilium-agent --foo \"--enable-policy=never\"; true']"),
  ],
  "a variable from a ConfigMap": [
    agents("", ", env: [{name: CILIUM_ENABLE_POLICY, valueFrom: {configMapKeyRef: {name: mine, key: p}}}]"),
    set("mine", "p: never"),
  ],
  "an environment from a ConfigMap": [
    agents("", ", envFrom: [{prefix: CILIUM_, configMapRef: {name: mine}}]"),
    set("mine", "ENABLE_POLICY: never"),
  ],
  "a bare pod": [
    "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: kube-system}, spec: {containers: [{name: a, image: x, command: [cilium-agent, --enable-policy=never]}]}}",
  ],
};
for (const [what, texts] of Object.entries(off))
  test(`reads the agent's settings from ${what}`, () => {
    const { agent, problems } = read(...texts);
    assert.deepEqual([agent?.policyEnforcement, problems], ["never", []]);
  });

/** Each of these may set something that is unknown here. */
const unknown: Readonly<Record<string, string[]>> = {
  "two keys that differ in their case": [set("cilium-config", "enable-policy: default, Enable-Policy: never")],
  "a variable from a Secret": [
    agents("", ", env: [{name: CILIUM_ENABLE_POLICY, valueFrom: {secretKeyRef: {name: s, key: p}}}]"),
  ],
  "an environment from a ConfigMap that is not given": [agents("", ", envFrom: [{configMapRef: {name: mine}}]")],
  "an environment from a Secret": [
    agents("", ", envFrom: [{secretRef: {name: s}}]"),
    "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: kube-system}, stringData: {CILIUM_ENABLE_POLICY: never}}",
  ],
  binaryData: [map("cilium-config", "binaryData: {enable-policy: bmV2ZXI=}")],
  "a ConfigMap that Kustomize renamed": [set("cilium-config-7h8g9k2m4d", never)],
  "a node": [
    "{apiVersion: v1, kind: Node, metadata: {name: node-1, annotations: {config.cilium.io/enable-policy: never}}}",
  ],
  "a variable that decides whether a kind of policy is read": [
    set("cilium-config", "enable-k8s-networkpolicy: '$" + "{READS}'"),
  ],
};
for (const [what, texts] of Object.entries(unknown))
  test(`reports what is unknown about the agent: ${what}`, () => {
    const { unseen, problems } = read(...texts);
    assert.deepEqual([unseen.length, problems], [1, []]);
  });

test("a value that is not a boolean sets nothing, and is a problem", () => {
  const { problems } = read(set("cilium-config", "enable-k8s-networkpolicy: 'off'"));
  assert.match(problems[0]?.message ?? "", /^enable-k8s-networkpolicy is "off", which is not one of its values/);
});

test("the last of several ConfigMaps takes precedence, and a different one is a problem", () => {
  const { agent, problems } = read(
    built("config-map:a,config-map:b"),
    set("a", "enable-policy: default"),
    set("b", never),
  );
  assert.equal(agent?.policyEnforcement, "never");
  assert.deepEqual(
    problems.map(({ code }) => code),
    ["conflicting-setting"],
  );
});

test("ignores ConfigMaps of other programs, and pods that a DaemonSet created", () => {
  const made =
    "{apiVersion: v1, kind: Pod, metadata: {name: x-1, namespace: kube-system, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: x, uid: u, controller: true}]}, spec: {containers: [{name: cilium-agent, image: x, args: [--enable-policy=always]}]}}";
  const { agent, unseen } = read(
    agents("", ", args: [--enable-policy=default]"),
    made,
    set("cilium-config-notes", never),
  );
  assert.deepEqual([agent, unseen], [{ policyEnforcement: "default" }, []]);
});
