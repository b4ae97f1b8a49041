import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPath, formatProblems, ProblemError } from "../../lib/common/problem";
import { minorOf, versionProblems } from "../../lib/common/version-range";
import { namespaceNameProblems, objectNameProblems } from "../../lib/kubernetes/names";
import { cidrProblems, cidrsOverlap, portProblems } from "../../lib/kubernetes/network";

const count = (problems: readonly unknown[]) => problems.length;

test("names may be as long as Kubernetes allows", () => {
  assert.equal(count(namespaceNameProblems(["n"], "a".repeat(63))), 0);
  assert.equal(count(namespaceNameProblems(["n"], "a".repeat(64))), 1);
  assert.equal(count(objectNameProblems(["n"], "a".repeat(253))), 0);
  assert.equal(count(objectNameProblems(["n"], "a.b")), 0);
  const [tooLong] = namespaceNameProblems(["n"], `${"a".repeat(62)}-b`);
  assert.match(tooLong?.fix ?? "", /"a{62}"$/, "a suggestion that is valid itself");
  for (const wrong of ["Shop", "a_b", "-a", "a-", "", "a.b"]) {
    assert.equal(count(namespaceNameProblems(["n"], wrong)), 1, wrong);
  }
});

test("ports must be whole numbers from 1 to 65535", () => {
  for (const port of [1, 53, 65535]) assert.equal(count(portProblems(["p"], port)), 0);
  for (const port of [0, -1, 65536, 1.5, Number.NaN]) assert.equal(count(portProblems(["p"], port)), 1, String(port));
});

test("address ranges are checked and compared", () => {
  for (const cidr of ["10.0.0.0/8", "0.0.0.0/0", "fd00::/8", "::/0"])
    assert.equal(count(cidrProblems(["c"], cidr)), 0, cidr);
  for (const cidr of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "fd00::/129", "a/8", "10.0.0.0/8/8", ""]) {
    assert.equal(count(cidrProblems(["c"], cidr)), 1, cidr);
  }
  assert.ok(cidrsOverlap("10.0.0.0/8", "10.96.0.0/16") && cidrsOverlap("10.96.0.0/16", "10.0.0.0/8"));
  assert.ok(!cidrsOverlap("10.244.0.0/16", "10.96.0.0/16"));
  assert.ok(!cidrsOverlap("10.0.0.0/8", "fd00::/8"));
});

test("versions are compared as numbers", () => {
  const range = { from: "1.19", below: "1.21", reason: "because" };
  for (const version of ["1.19", "1.19.0", "v1.20.9", "1.20.0-rc.1"]) {
    assert.equal(count(versionProblems(["v"], version, "it", range)), 0, version);
  }
  for (const version of ["1.9.0", "1.18.99", "1.21.0", "2.0", "latest", ""]) {
    assert.equal(count(versionProblems(["v"], version, "it", range)), 1, version);
  }
  assert.equal(minorOf("v1.34.8"), "1.34");
  assert.equal(minorOf("latest"), undefined);
});

test("problems are reported together", () => {
  const problem = {
    code: "invalid-number",
    path: ["workers"],
    message: "-1 is no number of nodes",
    fix: "use 0 or more",
  };
  assert.equal(
    formatProblems("KindCluster", [problem]),
    "KindCluster: 1 problem\n  workers: -1 is no number of nodes; use 0 or more",
  );
  const { message, problems } = new ProblemError("KindCluster", [problem, problem]);
  assert.match(message, /^KindCluster: 2 problems/);
  assert.deepEqual(problems, [problem, problem]);
});

test("formatPath writes a path as people do", () => {
  assert.equal(formatPath([]), "");
  assert.equal(
    formatPath(["spec", "ingress", 0, "matchLabels", "app.kubernetes.io/name"]),
    'spec.ingress[0].matchLabels["app.kubernetes.io/name"]',
  );
  assert.equal(formatPath(["matchLabels", "k8s:app"]), 'matchLabels["k8s:app"]');
  assert.equal(formatPath(["meshfence:allowedPorts", 1]), "meshfence:allowedPorts[1]");
});
