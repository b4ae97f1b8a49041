import assert from "node:assert/strict";
import { test } from "node:test";
import { conclude } from "../../lib/verify/conclude";
import { observeCurl } from "../../lib/verify/observation";
import type { Probe } from "../../lib/verify/probe";

const from = "pier/store";
const probe = {
  ...{ key: "k", kind: "http", port: 9898, predicted: "denied" },
  client: { id: from, meshed: true },
  target: { id: "outside", meshed: false },
  verdict: { from, to: "outside", proto: "TCP", port: 9898, linkerd: { verdict: "denied" } },
} as unknown as Probe;

/** The report on a probe of a target without a proxy, which a client's proxy answered like this. */
function reported(proxyError?: string) {
  const answer = {
    exit: 0,
    status: 403,
    connected: true,
    seconds: 0.005,
    ...(proxyError !== undefined && { proxyError }),
  };
  const evidence = {
    ...{
      probes: [probe],
      repeated: new Map(),
      selfAnswers: new Map(),
      drops: [],
      arrivals: new Map(),
      counted: new Map(),
      lagged: new Map(),
      traffic: new Map(),
    },
    answers: new Map([["k", { observation: observeCurl(answer, true), since: 0 }]]),
  };
  const [report] = conclude(evidence as unknown as Parameters<typeof conclude>[0], () => undefined);
  return report;
}

test("a 403 of the client's own proxy, as where an EgressNetwork denies, is Linkerd's; without its header it is the target's", () => {
  const { observed, how } = reported("traffic not allowed") ?? {};
  assert.equal(observed, "denied");
  assert.match(how?.join() ?? "", /Linkerd's authorization refuses it: traffic not allowed/);
  assert.equal(reported()?.observed, "reachable");
});
