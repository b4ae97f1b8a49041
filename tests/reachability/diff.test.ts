import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readManifests } from "../../lib/input/manifests/read";
import { scenarioOf } from "../../lib/input/scenario/scenario";
import { compile } from "../../lib/reachability";
import { type Change, diffReachability, edgesOf, type Side } from "../../lib/reachability/diff";
import { portWords } from "../../lib/reachability/words";
import { policy as anyPolicy, workload as anyWorkload } from "../input/manifests/samples";
import { runs } from "../support/runs";

type State = ReturnType<typeof readManifests>;

const readAll = (items: unknown[]): State =>
  readManifests([{ file: "a", text: JSON.stringify({ kind: "List", apiVersion: "v1", items }) }]);
const state = fc
  .tuple(fc.array(anyPolicy, { maxLength: 3 }), fc.array(anyWorkload, { maxLength: 3 }))
  .map(([policies, workloads]) => readAll([...policies, ...workloads]));

function sides(before: State, after: State): [Side, Side] {
  const told = [...before.policies, ...after.policies].map(({ manifest }) => manifest);
  const side = (of: State, other: State): Side => {
    const scenario = scenarioOf(of, told, {}, other);
    const policies = of.policies.map(({ manifest }) => manifest);
    return { scenario, reachability: compile(policies, scenario) };
  };
  return [side(before, after), side(after, before)];
}

const keys = (changes: readonly Change[]) =>
  [...edgesOf(changes)].map(({ from, to, proto, port }) => `${from} ${to} ${proto} ${port}`);

test("nothing changes between a state and itself", () => {
  let compared = 0;
  fc.assert(
    fc.property(state, (same) => {
      const { unchanged, ...diff } = diffReachability(...sides(same, same));
      assert.deepEqual(diff, {
        opened: [],
        closed: [],
        unclear: [],
        changed: [],
        redecided: [],
        refused: { appeared: [], gone: [] },
        endpoints: { added: [], removed: [] },
      });
      compared += unchanged.allowed + unchanged.denied + unchanged.unknown;
    }),
    { numRuns: runs(100) },
  );
  assert.ok(compared > 0, "nothing was compared");
});

test("swapping the sides swaps opened with closed, and before with after in each change", () => {
  let opened = 0;
  fc.assert(
    fc.property(state, state, (a, b) => {
      const [before, after] = sides(a, b);
      const [there, back] = [diffReachability(before, after), diffReachability(after, before)];
      assert.deepEqual(keys(there.opened), keys(back.closed));
      assert.deepEqual(keys(there.closed), keys(back.opened));
      assert.deepEqual(keys(there.changed), keys(back.changed));
      assert.deepEqual(keys(there.unclear), keys(back.unclear));
      const turned = { open: "close", close: "open", either: "either" } as const;
      assert.deepEqual(
        there.unclear.map(({ may = "either" }) => may),
        back.unclear.map(({ may = "either" }) => turned[may]),
      );
      assert.deepEqual(
        there.opened.map((change) => [change.before, change.after]),
        back.closed.map((change) => [change.after, change.before]),
      );
      assert.deepEqual(there.endpoints.added, back.endpoints.removed);
      opened += there.opened.length;
    }),
    { numRuns: runs(100) },
  );
  assert.ok(opened > 0, "the generator made no difference at all");
});

test("opened edges are newly allowed, closed ones newly denied, and the others agree", () => {
  fc.assert(
    fc.property(state, state, (a, b) => {
      const [before, after] = sides(a, b);
      const diff = diffReachability(before, after);
      for (const { before: was, after: is } of diff.opened) assert.ok(is !== undefined && was?.allowed !== true);
      for (const { before: was, after: is } of diff.closed) assert.ok(was !== undefined && is?.allowed !== true);
      for (const { before: was, after: is } of [...diff.changed, ...diff.redecided]) {
        assert.equal(was?.allowed, is?.allowed);
      }
    }),
    { numRuns: runs(100) },
  );
});

const workload = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: {
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, ports: [{ containerPort: 80 }] }] } },
  },
});
const guarded = (ingress: unknown[]) => ({
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "db", namespace: "shop" },
  spec: { endpointSelector: { matchLabels: { app: "db" } }, ingress },
});
const shop = (ingress: unknown[]) => readAll([guarded(ingress), workload("db"), workload("web")]);
const fromWeb = { fromEndpoints: [{ matchLabels: { app: "web" } }] };

test("a rule for one client opens that edge and no other", () => {
  const diff = diffReachability(...sides(shop([{}]), shop([fromWeb])));
  const opened = [...edgesOf(diff.opened)].map((edge) => `${edge.from} ${edge.to} ${portWords(edge)}`);
  assert.deepEqual(opened, ["shop/web shop/db TCP 80", "shop/web shop/db any other port or protocol"]);
  assert.deepEqual(diff.closed, []);
});

test("names a policy that becomes invalid, and reports what it denied as opened", () => {
  const diff = diffReachability(...sides(shop([{}]), shop([])));
  assert.deepEqual(
    diff.refused.appeared.map(({ name }) => name),
    ["db"],
  );
  assert.ok(keys(diff.opened).includes("world shop/db TCP 80"));
});

test("removing a workload closes its edges, whatever the policies", () => {
  const diff = diffReachability(...sides(shop([fromWeb]), readAll([guarded([fromWeb]), workload("db")])));
  assert.ok(keys(diff.closed).includes("shop/web shop/db TCP 80"));
  assert.ok(diff.closed.every(({ after }) => after === undefined));
  assert.deepEqual(
    diff.endpoints.removed.map(({ id }) => id),
    ["shop/web"],
  );
});

test("declaring a port that was already open opens nothing", () => {
  const more = workload("db");
  more.spec.template.spec.containers[0]?.ports.push({ containerPort: 81 });
  const diff = diffReachability(...sides(readAll([workload("db"), workload("web")]), readAll([more, workload("web")])));
  assert.deepEqual([keys(diff.opened), keys(diff.closed)], [[], []]);
});

test("gaining mTLS on an allowed edge is a change, not an opening", () => {
  const bare = readAll([workload("db"), workload("web")]);
  const meshed = {
    ...bare,
    workloads: bare.workloads.map((one) => ({
      ...one,
      endpoint: { ...one.endpoint, mesh: { injected: true } } as typeof one.endpoint,
    })),
  };
  const diff = diffReachability(...sides(bare, meshed));
  assert.ok(keys(diff.changed).includes("shop/web shop/db TCP 80"));
  assert.deepEqual([diff.opened, diff.closed], [[], []]);
});

test("a block that joins a CIDR group opens what the group may reach, even the block of all addresses", () => {
  const group = (...externalCIDRs: string[]) => ({
    ...{ apiVersion: "cilium.io/v2", kind: "CiliumCIDRGroup", metadata: { name: "partners" }, spec: { externalCIDRs } },
  });
  const api = {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "api", namespace: "shop", labels: { app: "api" } } },
    spec: { containers: [{ name: "main", ports: [{ containerPort: 8080 }] }] },
  };
  const policy = {
    ...{ apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "api", namespace: "shop" } },
    spec: { endpointSelector: {}, ingress: [{ fromCIDRSet: [{ cidrGroupRef: "partners" }] }] },
  };
  const opened = (...cidrs: string[]) =>
    diffReachability(...sides(readAll([api, policy, group("203.0.113.0/24")]), readAll([api, policy, group(...cidrs)])))
      .opened.filter(({ standsFor }) => standsFor === undefined)
      .flatMap(({ from }) => from);
  assert.deepEqual(opened("203.0.113.0/24", "198.51.100.0/24"), ["cidrgroup:partners 198.51.100.0/24"]);
  assert.deepEqual(opened("203.0.113.0/24", "0.0.0.0/0"), ["world"]);
  assert.deepEqual(opened("203.0.113.0/24"), []);
});
