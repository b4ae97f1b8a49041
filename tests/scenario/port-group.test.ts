import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnnamedGroup, rangesOf, type StandsFor, standsForWords } from "../../lib/scenario/port-group";

const spans = [
  { first: 1, last: 79 },
  { first: 81, last: 81 },
];

test("describes the ports that a port stands for", () => {
  const cases: [StandsFor, string][] = [
    [{ protocols: ["TCP"], ports: "all" }, "any port"],
    [{ protocols: ["ICMP"], ports: "others" }, "any other type"],
    [{ protocols: ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"], ports: "all" }, "any port or protocol"],
    [{ protocols: ["TCP", "UDP", "SCTP"], ports: "all" }, "any port, UDP and SCTP too"],
    [{ protocols: ["UDP", "ICMP", "ICMPv6"], ports: "others" }, "any other port, ICMP too"],
    [{ protocols: ["TCP"], ports: spans }, "1-79 and 81"],
    [{ protocols: ["TCP", "UDP"], ports: [{ first: 80, last: 80 }] }, "80, UDP too"],
    [{ label: "http" }, "http"],
  ];
  for (const [standsFor, words] of cases) assert.equal(standsForWords(standsFor), words);
});

test("expands what a port stands for into ranges, whole protocols, or everything", () => {
  const all = (proto: string, port: number, standsFor?: StandsFor) =>
    rangesOf({ proto, port, ...(standsFor !== undefined && { standsFor }) })?.map(({ proto: one, ports }) =>
      ports === undefined ? one : `${one} ${ports.first}-${ports.last}`,
    );
  assert.deepEqual(all("TCP", 80), ["TCP 80-80"]);
  assert.equal(all("TCP", 1, { protocols: ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"], ports: "others" }), undefined);
  assert.deepEqual(all("UDP", 1, { protocols: ["UDP", "ICMP", "ICMPv6"], ports: "others" }), ["UDP", "ICMP", "ICMPv6"]);
  assert.deepEqual(all("TCP", 1, { protocols: ["TCP", "UDP"], ports: spans }), [
    "TCP 1-79",
    "TCP 81-81",
    "UDP 1-79",
    "UDP 81-81",
  ]);
  assert.deepEqual(all("TCP", 4143, { label: "8080, 9090" }), ["TCP 4143-4143"]);
});

test("a group is unnamed only if no rule names its ports, whatever its label", () => {
  assert.ok(isUnnamedGroup({ protocols: ["TCP"], ports: "all" }));
  assert.ok(!isUnnamedGroup({ protocols: ["TCP"], ports: spans }));
  assert.ok(!isUnnamedGroup({ label: "any port" }));
  assert.ok(!isUnnamedGroup(undefined));
});
