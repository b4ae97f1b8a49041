import assert from "node:assert/strict";
import { test } from "node:test";
import type { LinkerdDecision, RouteDecision } from "../../lib/reachability/linkerd/linkerd-decision";
import { mayOpenRequests, opensRequests } from "../../lib/reachability/opens-requests";

type Answer = RouteDecision["verdict"];
const path = (exact: string, verdict: Answer): RouteDecision => ({
  ...{ requests: exact, match: { path: { type: "Exact", value: exact } }, verdict },
});
const decided = (...routes: RouteDecision[]): LinkerdDecision => ({
  ...{ verdict: "allowed", owner: "Server api" },
  routes: [...routes, { requests: "everything else", verdict: "denied", status: 404 }],
});

test("unknown requests neither open nor close for certain", () => {
  const answers: Answer[] = ["denied", "unknown", "allowed"];
  for (const before of answers)
    for (const after of answers) {
      const [was, is] = [before, after].map((answer) => decided(path("/a", "allowed"), path("/b", answer)));
      const told = `${before} -> ${after}`;
      const isCertain = before === "denied" && after === "allowed";
      assert.equal(opensRequests(was, is), isCertain, told);
      assert.equal(mayOpenRequests(was, is), answers.indexOf(after) > answers.indexOf(before), told);
    }
});
