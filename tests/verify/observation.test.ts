import assert from "node:assert/strict";
import { test } from "node:test";
import { curlCommand, readCurl } from "../../lib/verify/curl";
import { type Observation, observeCurl, observeName } from "../../lib/verify/observation";
import { recordedProbes } from "./recordings";

/** The expected outcome of every recorded answer, and a part of its description. */
const expected: { [file: string]: [title: RegExp, meshed: boolean, outcome: Observation["outcome"], how: RegExp][] } = {
  "transparent/probes-meshed.txt": [
    [/podinfo:9898 by name, allowed/, true, "reached", /^HTTP 200 in 3 ms$/],
    [/pod:9898 by IP, allowed/, true, "reached", /^HTTP 200/],
    [/9797 by IP, not allowed/, true, "silent", /504 from the client's proxy after 3\.0 s.*fail-fast/],
    [/9999 \(gRPC\) by IP, not allowed/, true, "silent", /504/],
    [/a path that answers 500, allowed/, true, "reached", /^HTTP 500/],
    [/1\.1\.1\.1:80, not allowed/, true, "silent", /client error \(Connect\)/],
    [/no DNS upstream here/, true, "none", /curl 6/],
    [/kube-dns pod:9153, allowed/, true, "reached", /^HTTP 200/],
    [/7777, not allowed and closed/, true, "silent", /504/],
  ],
  "transparent/probes-unmeshed.txt": [
    [/outsider \(unmeshed\) -> podinfo:9898, not allowed/, false, "silent", /^no answer in 2\.0 s$/],
    [/app=client in another namespace/, false, "silent", /no answer/],
    [/stranger \(unmeshed, same namespace\)/, false, "silent", /no answer/],
    [/kube-dns pod:9153, no policy/, false, "reached", /^HTTP 200 in 3 ms$/],
    [/closed port/, false, "reached", /^refused after 1 ms/],
  ],
  "transport-header/probes-meshed.txt": [
    [/policy allows 9898; .* podinfo:9898/, true, "silent", /503 .*service unavailable/],
    [/policy allows 9898; .* pod:9797/, true, "silent", /504/],
    [/9898 and 4143; .* podinfo:9898/, true, "reached", /^HTTP 200/],
    [/9898 and 4143; .* pod:9797/, true, "reached", /^HTTP 200/],
  ],
  "transparent/probes-shapes.txt": [
    [/^meshed -> meshed:9898 allowed/, true, "reached", /^HTTP 200/],
    // From the server's proxy, without the header: the packets came through.
    [/^meshed -> meshed:7777 allowed, closed/, true, "reached", /^HTTP 502/],
    [/^meshed -> meshed:9999 gRPC/, true, "reached", /^HTTP 502/],
    [/^meshed -> meshed:9797 opaque allowed/, true, "ambiguous", /closed the connection after 8 ms \(curl 52\)/],
    [/^meshed -> plain:9898/, true, "reached", /^HTTP 200/],
    [/^meshed -> plain:7777/, true, "reached", /HTTP 502 from the client's proxy.*closed or speaks no HTTP/],
    [/^meshed -> plain:9999 gRPC/, true, "reached", /502/],
    [/^meshed -> podinfo:9898 denied/, true, "silent", /504/],
    [/^meshed -> podinfo:5432 opaque denied/, true, "ambiguous", /curl 56/],
    [/^meshed -> meshed:5432/, true, "reached", /^HTTP 502/],
    [/^meshed -> meshed:4191/, true, "reached", /^HTTP 200/],
    [/^meshed -> podinfo:4191 denied/, true, "silent", /504/],
    [/^meshed -> meshed:4143/, true, "reached", /connection error/],
    [/^meshed -> unused address/, true, "silent", /504/],
    [/^plain -> meshed:9898/, false, "reached", /^HTTP 200/],
    [/^plain -> meshed:7777/, false, "reached", /^HTTP 502/],
    [/^plain -> meshed:9999/, false, "reached", /^HTTP 502/],
    [/^plain -> meshed:4143/, false, "reached", /connected, then no answer that is HTTP \(curl 52\)/],
    [/^plain -> meshed:4191/, false, "reached", /^HTTP 200/],
    [/^plain -> meshed:9797 opaque/, false, "reached", /curl 56/],
    [/^plain -> podinfo:9898 denied/, false, "silent", /no answer/],
    [/^plain -> coredns/, false, "reached", /curl 52/],
    [/^meshed -> coredns/, true, "ambiguous", /HTTP 500 from the client's proxy.*unexpected error/],
    [/^meshed self pod ip 9898/, false, "reached", /^HTTP 200/],
    [/^meshed self pod ip 7777/, false, "reached", /refused/],
    [/^podinfo self 9797/, false, "reached", /^HTTP 200/],
    [/^plain self 9999/, false, "reached", /refused/],
    [/^podinfo\(meshed\) -> plain 9898/, true, "reached", /^HTTP 200/],
    [/^client\(meshed\) -> plain 9898 denied/, true, "silent", /504 from the client's proxy after 1\.0 s/],
  ],
};

for (const [file, cases] of Object.entries(expected)) {
  test(`classifies every recorded answer of ${file}`, () => {
    const probes = recordedProbes(file);
    assert.equal(probes.length, cases.length, "each recorded probe has its expectation");
    for (const [place, [title, meshed, outcome, how]] of cases.entries()) {
      const probe = probes[place];
      assert.ok(probe);
      assert.match(probe.title, title);
      const answer = readCurl(probe.answer);
      assert.ok(answer, probe.title);
      const observation = observeCurl(answer, meshed);
      assert.equal(observation.outcome, outcome, `${probe.title}: ${observation.how}`);
      assert.match(observation.how, how, probe.title);
    }
  });
}

test("takes a lost exit code from curl's own output", () => {
  const [denied] = recordedProbes("transparent/probes-unmeshed.txt");
  assert.ok(denied);
  const lost = { ...denied.answer, exitCode: 0 };
  assert.equal(readCurl(lost)?.exit, 28);
  const old = { ...lost, stdout: lost.stdout.replace(" exit=28", "") };
  assert.equal(readCurl(old)?.exit, 28, "a curl older than 7.75 has no %{exitcode}");
  const onlyMessage = { stdout: "", stderr: "curl: (7) Failed to connect to 10.0.0.1 port 80", exitCode: 0 };
  assert.equal(readCurl(onlyMessage)?.exit, 7);
});

test("does not judge output that is not curl's", () => {
  assert.equal(readCurl({ stdout: "", stderr: "sh: curl: not found", exitCode: 127 }), undefined);
  assert.equal(readCurl({ stdout: "hello", stderr: "", exitCode: 0 }), undefined);
});

test("a plain client that is connected and then gets nothing has reached the target", () => {
  const hanging = { stdout: "status=000 connect=0.001 total=6.0 exit=28", stderr: "", exitCode: 28 };
  const answer = readCurl(hanging);
  assert.ok(answer);
  assert.equal(observeCurl(answer, false).outcome, "reached");
  assert.equal(observeCurl(answer, true).outcome, "ambiguous", "a meshed one is connected to its own proxy only");
});

test("a refusal by Linkerd's authorization is not one by Cilium", () => {
  const stdout =
    "HTTP/1.1 403 Forbidden\r\nl5d-proxy-error: unauthorized request on route\r\n\r\nstatus=403 connect=0.001 total=0.004 exit=0\n";
  const answer = readCurl({ stdout, stderr: "", exitCode: 0 });
  assert.ok(answer);
  assert.equal(answer.proxyError, "unauthorized request on route");
  const { outcome, status, proxyError } = observeCurl(answer, true);
  assert.deepEqual([outcome, status, proxyError], ["reached", 403, "unauthorized request on route"]);
});

test("distinguishes a DNS answer from none", () => {
  assert.equal(
    observeName({ exitCode: 0, stdout: "10.96.0.1       STREAM kubernetes.default.svc" }, 4).how,
    "DNS answered 10.96.0.1",
  );
  assert.equal(observeName(undefined, 4).outcome, "silent");
  assert.equal(
    observeName({ exitCode: 2, stdout: "" }, 4).outcome,
    "ambiguous",
    "unknown name, or no answer: getent says the same",
  );
});

test("puts an IPv6 address in brackets, and ignores proxies in the environment", () => {
  const command = curlCommand("fd00::1", 9898);
  assert.equal(command.at(-1), "http://[fd00::1]:9898/");
  assert.ok(command.join(" ").includes("--noproxy *"));
});
