// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what this is about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { failedGates, stopsAtUnclear } from "../../lib/cli/gates/gates";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { parseGate } from "../../lib/cli/options/gates";
import { diffReport } from "../../lib/cli/reports/diff";
import { getOrMake } from "../../lib/common/maps";
import { evaluateBoth } from "../../lib/manifests/evaluate";
import { diffReachability } from "../../lib/reachability/diff";
import { diffJson } from "../../lib/report/diff/diff-json";
import { diffMarkdown } from "../../lib/report/diff/diff-markdown";
import { diffHeadline } from "../../lib/report/diff/diff-rows";
import { diffSarif } from "../../lib/report/diff/diff-sarif";
import { diffText } from "../../lib/report/diff/diff-text";
import { diffMermaid } from "../../lib/report/graph/mermaid";
import { diffSvg } from "../../lib/report/graph/svg";
import { pageData } from "../../lib/report/page/page-data";

const pod = {
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "api", namespace: "shop", labels: { app: "api" } } },
  spec: { containers: [{ name: "main", ports: [{ containerPort: 80 }] }] },
};
const policy = (spec: object) => ({
  ...{ apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name: "api", namespace: "shop" } },
  spec: { endpointSelector: {}, ...spec },
});
const ALLOWED = policy({ ingress: [{ fromEntities: ["world"] }] });
const DENIED = policy({ ingress: [{ fromEntities: ["none"] }] });
const UNKNOWN = policy({ ingress: [{ fromCIDR: ["${LAN}"] }] });
const OTHER_UNKNOWN = policy({ ingress: [{ fromCIDR: ["${WAN}"] }] });

const read = (items: object[]) =>
  manifestsOf([{ file: "a.yaml", text: JSON.stringify({ kind: "List", apiVersion: "v1", items }) }], {
    namespace: "default",
  });
const sidesOf = (before: object, after: object) => evaluateBoth(read([pod, before]), read([pod, after]), {});
const reports = new Map<string, ReturnType<typeof diffReport>>();
const reportOf = (before: object, after: object) =>
  getOrMake(reports, JSON.stringify([before, after]), () =>
    diffReport(sidesOf(before, after), { before: "a", after: "b" }),
  );
const worldTo80 = (before: object, after: object) => {
  const { diff } = reportOf(before, after);
  const lists = ["opened", "closed", "unclear", "changed", "redecided"] as const;
  const found = lists.flatMap((list) =>
    diff[list]
      .filter(({ from, to, port }) => from.includes("world") && to === "shop/api" && port === 80)
      .map(({ may }) => [list, ...(may === undefined ? [] : [may])].join(" ")),
  );
  return found.join();
};

test("an edge that is unknown on one side neither opens nor closes for certain", () => {
  assert.equal(worldTo80(DENIED, UNKNOWN), "unclear open");
  assert.equal(worldTo80(UNKNOWN, ALLOWED), "unclear open");
  assert.equal(worldTo80(ALLOWED, UNKNOWN), "unclear close");
  assert.equal(worldTo80(UNKNOWN, DENIED), "unclear close");
  assert.equal(worldTo80(UNKNOWN, OTHER_UNKNOWN), "unclear either");
  assert.equal(worldTo80(DENIED, ALLOWED), "opened");
  assert.equal(worldTo80(UNKNOWN, UNKNOWN), "");
  const to = (ports: object) => policy({ ingress: [{ fromEntities: ["world"], toPorts: [{ ports: [ports] }] }] });
  const port = to({ port: "${PORT}", protocol: "TCP" });
  assert.equal(worldTo80(port, to({ port: "${PORT}", protocol: "TCP", endPort: 99 })), "unclear either", "beside it");
  assert.equal(worldTo80(port, to({ protocol: "TCP", port: "${PORT}" })), "", "written in another order");
  const lan = (except: string[]) => policy({ ingress: [{ fromCIDRSet: [{ cidr: "${LAN}", except }] }] });
  assert.equal(worldTo80(lan([]), lan(["10.0.0.0/8"])), "unclear either");
  assert.equal(reportOf(UNKNOWN, UNKNOWN).diff.unclear.length, 0);
});

test("an edge that is unknown on both sides is unclear if other rules depend on the missing fact, and unchanged otherwise", () => {
  const group = (except: string[] = [], name = "p") => ({
    ...policy({ ingress: [{ fromCIDRSet: [{ cidrGroupRef: "partners", ...(except.length > 0 && { except }) }] }] }),
    metadata: { name, namespace: "shop" },
  });
  const denying = policy({
    ingress: [{ fromEntities: ["world"] }],
    ingressDeny: [{ fromCIDRSet: [{ cidrGroupRef: "partners" }] }],
  });
  assert.equal(worldTo80(group(["10.0.0.0/8"]), group()), "unclear either");
  assert.equal(worldTo80(denying, group()), "unclear either");
  assert.equal(worldTo80(group(), group([], "q")), "", "a policy by another name");
  const network = (cidr: string) =>
    ["Server", "NetworkAuthentication", "AuthorizationPolicy"].map((kind) => ({
      apiVersion: `policy.linkerd.io/${kind === "Server" ? "v1beta3" : "v1alpha1"}`,
      kind,
      metadata: { name: "api", namespace: "shop" },
      spec: {
        Server: { podSelector: {}, port: 80 },
        NetworkAuthentication: { networks: [{ cidr }] },
        AuthorizationPolicy: {
          targetRef: { group: "policy.linkerd.io", kind: "Server", name: "api" },
          requiredAuthenticationRefs: [{ group: "policy.linkerd.io", kind: "NetworkAuthentication", name: "api" }],
        },
      }[kind],
    }));
  const meshed = { ...pod, metadata: { ...pod.metadata, annotations: { "linkerd.io/inject": "enabled" } } };
  const lan = (cidr: string) => read([meshed, ...network(cidr)]);
  const unclear = (before: string, after: string) => {
    const sides = evaluateBoth(lan(before), lan(after), {});
    return diffReachability(sides.before, sides.after).unclear.length > 0;
  };
  assert.equal(unclear("192.0.2.0/24", "192.0.0.0/16"), true, "networks that ask for addresses which nobody knows");
  assert.equal(unclear("192.0.2.0/24", "192.0.2.0/24"), false);
});

test("a gate fails on possible findings and names the missing fact; --allow-unseen ignores them", () => {
  const outcome = (gate: string, before: object, after: object, allowUnseen = false) => {
    const [failOn, report] = [parseGate(gate), reportOf(before, after)];
    if (failedGates(failOn, report).length > 0) return 1;
    return stopsAtUnclear({ failOn, allowUnseen }, report).length > 0 ? 2 : 0;
  };
  for (const gate of ["opened", "opened:world", "opened:shop", "plaintext"]) {
    assert.equal(outcome(gate, DENIED, UNKNOWN), 2, gate);
    assert.equal(outcome(gate, UNKNOWN, ALLOWED), 2, gate);
    assert.equal(outcome(gate, UNKNOWN, OTHER_UNKNOWN), 2, gate);
    assert.equal(outcome(gate, DENIED, UNKNOWN, true), 0, gate);
    assert.equal(outcome(gate, DENIED, ALLOWED), 1, gate);
    assert.equal(outcome(gate, ALLOWED, UNKNOWN), 0, gate);
    assert.equal(outcome(gate, UNKNOWN, UNKNOWN), 0, gate);
  }
  assert.equal(outcome("closed", ALLOWED, UNKNOWN), 2);
  assert.equal(outcome("closed", UNKNOWN, DENIED), 2);
  assert.equal(outcome("closed", UNKNOWN, OTHER_UNKNOWN), 2);
  assert.equal(outcome("closed:world", ALLOWED, UNKNOWN), 2);
  assert.equal(outcome("closed", DENIED, UNKNOWN), 0);
  assert.equal(outcome("changed", DENIED, UNKNOWN), 0);
  const [line, edge] = stopsAtUnclear({ failOn: parseGate("opened:world") }, reportOf(DENIED, UNKNOWN));
  assert.match(line ?? "", /^--fail-on opened:world: \d+ edges are unclear, so finding nothing proves little/);
  assert.match(edge ?? "", /world → shop\/api .*: denied → unknown, depending on the value of \$\{LAN\}/);
});

test("every format has a section for unclear edges, with the reason", async () => {
  const report = reportOf(DENIED, UNKNOWN);
  assert.match(diffHeadline(report), /^0 opened, 0 closed, \d+ unclear, /);
  assert.match(diffText(report), /\n\nUnclear: cannot tell whether these open or close\n {2}\? world/);
  assert.match(diffText(report), /✗ denied → \? unknown\n {4}ingress: not known: the value of \$\{LAN\}/);
  assert.match(diffMarkdown(report), /\| ❔ unclear \| `world`/);
  const json = JSON.parse([...diffJson(report)].join(""));
  assert.deepEqual(
    json.unclear.filter((edge: { port: number }) => edge.port === 80).map((edge: { may: string }) => edge.may),
    ["open"],
  );
  const [run] = JSON.parse(diffSarif(report, (file) => file, "0.0.0")).runs;
  assert.equal(run.results[0].ruleId, "unclear");
  assert.equal(run.tool.driver.rules[run.results[0].ruleIndex].id, "unclear");
  assert.match(diffMermaid(report), /-\.->\|"unclear · /);
  assert.match(await diffSvg(report), /<text class="note"[^>]*>unclear: may open or close<\/text>/);
  const sides = sidesOf(DENIED, UNKNOWN);
  const states = [
    { ...sides.before, name: "a" },
    { ...sides.after, name: "b" },
  ];
  const page = pageData("a → b", states, { difference: report.diff });
  assert.equal(page.difference?.unclear.length, report.diff.unclear.length);
});

test("decisions that depend on an unknown value in different ways are not the same", () => {
  const linkerd = (version: string, kind: string, spec: object) => ({
    ...{ apiVersion: `policy.linkerd.io/${version}`, kind, metadata: { name: kind.toLowerCase(), namespace: "shop" } },
    spec,
  });
  const meshed = { ...pod, metadata: { ...pod.metadata, annotations: { "linkerd.io/inject": "enabled" } } };
  const server = (app: string, accessPolicy: string) =>
    linkerd("v1beta3", "Server", { podSelector: { matchLabels: { app } }, port: 80, accessPolicy });
  const unclearIn = (before: object[], after: object[]) =>
    evaluatedDiff([meshed, ...before], [meshed, ...after]).unclear.filter(
      ({ to, port }) => to === "shop/api" && port === 80,
    );
  const [shut, open] = [server("${APP}", "deny"), server("${APP}", "all-unauthenticated")];
  assert.deepEqual(unclearIn([shut], [shut]), []);
  assert.ok(unclearIn([shut], [open]).every(({ may }) => may === "either"));
  assert.notEqual(unclearIn([shut], [open]).length, 0);
  const ref = (kind: string) => ({ group: "policy.linkerd.io", kind, name: kind.toLowerCase() });
  const admitted = (identity: string) => [
    server("api", "deny"),
    linkerd("v1alpha1", "MeshTLSAuthentication", { identities: [identity] }),
    linkerd("v1alpha1", "AuthorizationPolicy", {
      ...{ targetRef: ref("Server"), requiredAuthenticationRefs: [ref("MeshTLSAuthentication")] },
    }),
  ];
  assert.deepEqual(unclearIn(admitted("${WHO}"), admitted("${WHO}")), []);
  assert.notEqual(unclearIn(admitted("${WHO}"), admitted("web.${WHO}")).length, 0);
});

function evaluatedDiff(before: object[], after: object[]) {
  const sides = evaluateBoth(read(before), read(after), {});
  return diffReachability(sides.before, sides.after);
}
