import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { evaluate } from "../../lib/manifests/evaluate";
import type { Verdict } from "../../lib/reachability";
import type { RequestMatch } from "../../lib/reachability/linkerd/request-match";
import { stateOf } from "../../lib/reachability/verdict";

// Compares what clients of a live cluster got (Linkerd edge-26.8.3, Cilium 1.20.2), in both transport modes, with the verdicts about the manifests.
const MODES = ["transparent", "transport-header"] as const;
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(__dirname, "recordings", name), "utf8"));

function asked(objects: readonly object[], transportMode: (typeof MODES)[number]) {
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const manifests = manifestsOf([{ file: "recorded.json", text }], { namespace: "default" });
  assert.deepEqual(manifests.problems, []);
  return evaluate(manifests, { namespace: "default", transportMode }).reachability;
}

interface Traffic {
  workloads: object[];
  policies: Record<string, { cilium: object[]; linkerd: object[] }>;
  /** Phase, client, server, its port, how it was asked, and what came of it: HTTP's status, or curl's exit code. */
  truth: Record<
    string,
    [phase: "0" | "1" | "3", from: string, to: string, port: number, kind: string, got: string[]][]
  >;
}

for (const mode of MODES) {
  test(`predicts what live clients got: without policies, with Cilium's, with both layers' (${mode})`, () => {
    const { workloads, policies, truth } = read("traffic.json") as Traffic;
    const { cilium = [], linkerd = [] } = policies[mode] ?? {};
    const phases = {
      "0": asked(workloads, mode),
      "1": asked([...workloads, ...cilium], mode),
      "3": asked([...workloads, ...cilium, ...linkerd], mode),
    };
    const questions = (truth[mode] ?? []).filter(([, , to]) => !to.startsWith("world"));
    assert.ok(questions.length >= 40);
    for (const [phase, from, to, port, , got] of questions) {
      const verdict = phases[phase].verdict({ from, to, proto: "TCP", port });
      const reached = got.includes("200") || got.includes("exit 0");
      assert.equal(
        verdict.allowed,
        reached,
        `phase ${phase}: ${from} -> ${to} ${port}: ${got}, ${JSON.stringify(verdict)}`,
      );
      if (got.includes("403")) assert.equal(verdict.linkerd?.verdict, "denied", "and it is Linkerd who denies");
    }
  });
}

interface Case {
  case: string;
  objects: (Record<string, unknown> & { kind: string; metadata: object; spec: { port?: number } })[];
  answers: Record<string, string>;
}

/** What was asked, of what a verdict speaks of: a client that speaks what the port is declared to speak, from another pod. */
function requestOf(
  question: string,
  { answers: _, ...of }: Case,
): { client: string; match?: RequestMatch } | undefined {
  const [client = "", ...rest] = question.split(" ");
  const what = rest.filter((word) => word !== "4191").join(" ");
  const isDetecting = JSON.stringify(of.objects).includes('"proxyProtocol":"unknown"');
  if (client === "localhost") return undefined;
  if (what === "raw bytes") return isDetecting ? { client, match: { notHttp: true } } : undefined;
  // The codec of another HTTP version acts before any policy; podinfo itself speaks HTTP/1.
  if (of.case.startsWith("HTTP/2")) return what === "h1" && client !== "plain" ? { client } : undefined;
  if (what === "h2") return isDetecting ? { client } : undefined;
  // This client speaks HTTP to a port that is declared TLS, so either the application or the proxy itself answers.
  if (of.case.startsWith("TLS")) return undefined;
  const paths: Record<string, RequestMatch> = {
    "probe path": { method: "GET", path: { type: "Exact", value: "/healthz" } },
    "POST probe path": { method: "POST", path: { type: "Exact", value: "/healthz" } },
  };
  if (what.startsWith("/")) return { client, match: { method: "GET", path: { type: "Exact", value: what } } };
  const match = paths[what];
  return { client, ...(match !== undefined && { match }) };
}

/** What a verdict says of one request: that of the first part of it that takes the request, else the rest's. */
function saidOf(verdict: Verdict, match: RequestMatch | undefined): string {
  const { routes } = verdict.linkerd ?? {};
  if (match === undefined || routes === undefined) return stateOf(verdict);
  const takes = (part: RequestMatch | undefined): boolean => {
    if (part === undefined) return true;
    if (part.notHttp !== match.notHttp) return false;
    if (part.method !== undefined && part.method !== match.method) return false;
    const { path: own } = part;
    if (own === undefined) return true;
    const asked = match.path?.value ?? "";
    return own.type === "Exact" ? own.value === asked : asked === own.value || asked.startsWith(`${own.value}/`);
  };
  return routes.find((route) => takes(route.match))?.verdict ?? "denied";
}

for (const mode of MODES) {
  test(`predicts each recorded case of Linkerd's authorization (${mode})`, () => {
    const { workloads, cases } = read("authorization.json") as { workloads: object[]; cases: Record<string, Case[]> };
    let count = 0;
    for (const one of cases[mode] ?? []) {
      // Regular expressions are compared by their text only; tests/corpus covers what they match.
      if (one.case.startsWith("regex")) continue;
      const reachability = asked([...workloads, ...one.objects], mode);
      const port = one.objects[0]?.spec.port ?? 0;
      for (const [question, answer] of Object.entries(one.answers)) {
        const request = requestOf(question, one);
        if (request === undefined) continue;
        const verdict = reachability.verdict({ from: `t/${request.client}`, to: "t/web", proto: "TCP", port });
        const reached = /^200|SERVING|400 Bad Request/.test(answer);
        assert.equal(
          saidOf(verdict, request.match),
          reached ? "allowed" : "denied",
          `${one.case}: ${question}: ${answer}, ${JSON.stringify(verdict)}`,
        );
        count++;
      }
    }
    assert.ok(count >= 35, `${count} questions`);
  });
}
