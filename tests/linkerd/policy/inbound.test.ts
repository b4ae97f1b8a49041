import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { readManifests } from "../../../lib/input/manifests/read";
import { InboundPolicy } from "../../../lib/linkerd/policy/inbound";
import { policySettingsOf, policyWorkloadOf } from "../../../lib/reachability/linkerd/authorization";

const server = (name: string, port: number | string) =>
  `{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: ${name}, namespace: x}, spec: {podSelector: {}, port: ${port}}}`;

test("with a Server for each of many named ports, looks up each name once, not once per port", () => {
  const n = 50;
  const places = Array.from({ length: n }, (_, index) => index);
  const ports = places.map((place) => `{containerPort: ${1000 + place}, name: p${place}}`);
  const pod = `{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: x, annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: c, image: i, ports: [${ports.join()}]}]}}`;
  const servers = places.map((place) => server(`s${place}`, `p${place}`));
  const { workloads, authorization } = readManifests([
    { file: "a.yaml", text: [pod, ...servers, server("number", 1007)].join("\n---\n") },
  ]);
  const objects = authorization.map(({ object }) => object);
  const policy = new InboundPolicy(objects, policySettingsOf({ objects }));
  const [endpoint] = workloads.map((workload) => workload.endpoint);
  assert.ok(endpoint);
  const workload = policyWorkloadOf(endpoint);
  const lookup = mock.method(workload.namedPorts as Map<string, ReadonlySet<number>>, "get");
  const namesAt = (port: number) => policy.serversOfPort(workload, port).map(({ name }) => name);
  for (const place of places) assert.deepEqual(namesAt(1000 + place), place === 7 ? ["number", "s7"] : [`s${place}`]);
  assert.deepEqual(namesAt(999), []);
  assert.equal(lookup.mock.callCount(), n);
});
