// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is filled in later.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { readManifests } from "../../../lib/input/manifests/read";
import { evaluateBoth } from "../../../lib/manifests/evaluate";
import { whyChanged } from "../../../lib/manifests/explainer";
import { diffReachability, edgesOf } from "../../../lib/reachability/diff";
import { changeReasons } from "../../../lib/reachability/explain/change-reasons";
import { Explainer } from "../../../lib/reachability/explain/explain";
import type { PolicySource } from "../../../lib/reachability/explain/sources";
import type { Scenario } from "../../../lib/scenario/scenario";
import { policy as anyPolicy, workload as anyWorkload } from "../../input/manifests/samples";
import { runs } from "../../support/runs";

const workloads = ["web", "api", "db"]
  .map(
    (app) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${app}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${app} } }
  template:
    metadata: { labels: { app: ${app} } }
    spec: { serviceAccountName: ${app}, containers: [{ name: ${app}, ports: [{ containerPort: 80 }] }] }
`,
  )
  .join("---");
const policy = (name: string, app: string, spec: string) => `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  endpointSelector: { matchLabels: { app: ${app} } }
  ${spec}
`;

/** Why edges from one of the shop's workloads to another changed, as lines. */
function reasons(before: string, after: string, edge = "shop/web shop/db", more = workloads): string[] {
  const read = (file: string, text: string) =>
    manifestsOf([{ file, text: more + text }], { namespace: "default", transportMode: "transparent" });
  const sides = evaluateBoth(read("before.yaml", before), read("after.yaml", after), {});
  const { opened, closed, changed } = diffReachability(sides.before, sides.after);
  const why = whyChanged(sides);
  const found = [...edgesOf([...opened, ...closed, ...changed])].find(
    ({ from, to, port }) => `${from} ${to}` === edge && port === 80,
  );
  assert.ok(found !== undefined, "the edge does not change");
  return why(found).map(({ layer, words }) => `${layer}: ${words}`);
}

const closed = policy("db", "db", "ingress: [{}]");
const fromWeb = policy("db", "db", "ingress: [{}, { fromEndpoints: [{ matchLabels: { app: web } }] }]");

test("explains an opening by the rule that allows it, with file and line", () => {
  assert.deepEqual(reasons(closed, fromWeb), ["ingress: rule 2 of shop/db (after.yaml:34) allows it"]);
});

test("explains a closing by the rule that allowed it, with its former place, and by what closes the end", () => {
  assert.deepEqual(reasons(fromWeb, closed), [
    "ingress: rule 2 of shop/db (before.yaml:34) no longer allows it, and shop/db (after.yaml:29) closes ingress",
  ]);
  assert.deepEqual(reasons("", closed), ["ingress: shop/db (after.yaml:29) closes ingress, and no rule allows it"]);
});

test("explains an opening by the removed policy that closed the end", () => {
  assert.deepEqual(reasons(closed, ""), ["ingress: shop/db (before.yaml:29) no longer closes it"]);
});

test("explains by the deny rule, which wins, on either side", () => {
  const denied = policy("deny", "db", "ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: web } }] }]");
  assert.deepEqual(reasons(fromWeb + denied, fromWeb), [
    "ingress: deny rule 1 of shop/deny (before.yaml:41) no longer denies it",
  ]);
  assert.deepEqual(reasons(fromWeb, fromWeb + denied), ["ingress: deny rule 1 of shop/deny (after.yaml:41) denies it"]);
});

test("explains both ends if both make the difference", () => {
  const egress = policy("web", "web", "egress: [{}, { toEndpoints: [{ matchLabels: { app: db } }] }]");
  const shut = policy("web", "web", "egress: [{}]");
  assert.deepEqual(reasons(closed + shut, fromWeb + egress), [
    "egress: rule 2 of shop/web (after.yaml:41) allows it",
    "ingress: rule 2 of shop/db (after.yaml:34) allows it",
  ]);
});

test("reports that both sides are unknown, with the fact that is missing now", () => {
  const from = (app: string) =>
    workloads + policy("db", "db", `ingress: [{ fromEndpoints: [{ matchLabels: { app: "${app}" } }] }]`);
  const read = (text: string) => manifestsOf([{ file: "all.yaml", text }], { namespace: "default" });
  const why = whyChanged(evaluateBoth(read(from("${FIRST}")), read(from("${SECOND}")), {}));
  const edge = { from: "shop/web", to: "shop/db", proto: "TCP", port: 80 };
  assert.deepEqual(
    why(edge).map(({ layer, words }) => `${layer}: ${words}`),
    ["ingress: not known: the value of ${SECOND}"],
  );
});

test("reports a new endpoint, and what admits it", () => {
  const without = workloads.split("---").slice(1).join("---");
  const read = (file: string, text: string) => manifestsOf([{ file, text }], { namespace: "default" });
  const sides = evaluateBoth(read("before.yaml", without + fromWeb), read("after.yaml", workloads + fromWeb), {});
  const { opened } = diffReachability(sides.before, sides.after);
  const found = [...edgesOf(opened)].find(({ from, to }) => from === "shop/web" && to === "shop/db");
  assert.ok(found);
  const words = whyChanged(sides)(found).map(({ layer, words }) => `${layer}: ${words}`);
  assert.deepEqual(words, ["egress: who connects is new", "ingress: rule 2 of shop/db (after.yaml:34) allows it"]);
});

const linkerd = `
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: { name: db, namespace: shop }
spec: { podSelector: { matchLabels: { app: db } }, port: 80, proxyProtocol: HTTP/1 }
`;
const admits = (account: string, name = account) => `---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  targetRef: { group: policy.linkerd.io, kind: Server, name: db }
  requiredAuthenticationRefs: [{ kind: ServiceAccount, name: ${account} }]
`;

test("names the objects of Linkerd's authorization with their places", () => {
  const meshed = `${workloads.replaceAll("metadata: { labels:", "metadata: { annotations: { linkerd.io/inject: enabled }, labels:")}---${linkerd}`;
  const both = admits("web", "web-too") + admits("web");
  const [opened, ...others] = reasons("", both, "shop/web shop/db", meshed);
  assert.deepEqual(others, []);
  assert.match(
    opened ?? "",
    /^linkerd: admits it: Server db at after\.yaml:\d+, AuthorizationPolicy web at after\.yaml:41, AuthorizationPolicy web-too at after\.yaml:34$/,
  );
  const [shut = ""] = reasons(admits("web"), "", "shop/web shop/db", meshed);
  assert.match(shut, /^linkerd: refuses it: /);
  assert.match(shut, /AuthorizationPolicy shop\/web \(before\.yaml:34\) no longer decides/);
});

const readAll = (items: unknown[]) =>
  readManifests([{ file: "a", text: JSON.stringify({ kind: "List", apiVersion: "v1", items }) }]);
const state = fc
  .tuple(fc.array(anyPolicy, { maxLength: 3 }), fc.array(anyWorkload, { maxLength: 3 }))
  .map(([policies, objects]) => readAll([...policies, ...objects]));

test("every change between random states has a reason at each end whose decision differs, and at no other", () => {
  let told = 0;
  fc.assert(
    fc.property(state, state, (a, b) => {
      const sides = evaluateBoth(a, b, {});
      const why = whyChanged(sides);
      const { opened, closed, changed } = diffReachability(sides.before, sides.after);
      for (const edge of edgesOf([...opened, ...closed, ...changed])) {
        const found = why(edge);
        assert.ok(found.length > 0);
        const { before, after } = edge;
        if (before === undefined || after === undefined) continue;
        told++;
        const isOpen = (end: string) => end === "allowed" || end === "no policy here";
        for (const end of ["egress", "ingress"] as const) {
          const differs: boolean =
            isOpen(before[end]) !== isOpen(after[end]) || (before[end] === "unknown") !== (after[end] === "unknown");
          const reason = found.find(({ layer }) => layer === end);
          if (before.l7 !== after.l7) continue;
          assert.equal(reason !== undefined, differs, JSON.stringify({ edge, found }));
          for (const { place } of reason?.rules ?? []) assert.equal(place?.file, "a");
        }
      }
    }),
    { numRuns: runs(100) },
  );
  assert.ok(told > 20, `only ${told} changes`);
});

test("compares two states without precomputed verdicts", () => {
  const before = new Explainer([], scenario);
  const shut = { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "b", namespace: "n" } };
  const after = new Explainer([{ ...shut, spec: { endpointSelector: {}, ingress: [{}] } } as PolicySource], scenario);
  const found = changeReasons({ before, after }, { from: "n/a", to: "n/b", proto: "TCP", port: 80 });
  assert.deepEqual(
    found.map(({ words }) => words),
    ["n/b closes ingress, and no rule allows it"],
  );
});

const scenario: Scenario = {
  endpoints: ["a", "b"].map((name) => ({ id: `n/${name}`, namespace: "n", labels: { app: name } })),
};
