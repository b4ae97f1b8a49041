import assert from "node:assert/strict";
import { mock, test } from "node:test";
import fc from "fast-check";
import { LabelSet } from "../../../lib/cilium/api/labels";
import { holds } from "../../../lib/cilium/api/selector";
import type { Identity } from "../../../lib/cilium/policy/identity";
import { cidrPeer, selectsByAddress } from "../../../lib/cilium/policy/peer";
import { Selections } from "../../../lib/cilium/policy/selections";
import { parsePrefix, prefixLabelKey } from "../../../lib/kubernetes/cidr";
import type { ClusterFacts } from "../../../lib/scenario/scenario";
import { runs } from "../../support/runs";

/** An identity outside the cluster with these blocks, and reserved labels besides `world`. */
function outside(blocks: readonly string[], names: readonly string[] = []): Identity {
  const reserved = ["world", ...names].map((key) => ({ source: "reserved", key, value: "" }));
  const cidrs = blocks.map((block) => {
    const prefix = parsePrefix(block);
    assert.ok(prefix);
    return { source: "cidr", key: prefixLabelKey(prefix), value: "" };
  });
  return {
    kind: "address",
    labels: new LabelSet([...reserved, ...cidrs]),
    namedPorts: new Map(),
    aggregate: "aggregate-world",
  };
}

const block = fc.constantFrom(
  ...["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "11.0.0.0/8", "192.168.0.0/16"],
  ...["2001:db8::/32", "2001:db8:1::/48", "::1/128", "0.0.0.0/1"],
);
const settings = fc.constantFrom<(ClusterFacts | undefined)[]>(
  undefined,
  {},
  { cidrMatchMode: ["nodes"] },
  { cidrMatchMode: ["pods"] },
  { unknown: { cidrMatchMode: "the mode" } },
);

test("a block selects the same identities as testing them one by one", () => {
  const identities = fc.array(
    fc.record({
      blocks: fc.uniqueArray(block, { maxLength: 2 }),
      names: fc.subarray(["kube-apiserver", "host", "remote-node"]),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(
      identities,
      block,
      fc.uniqueArray(block, { maxLength: 2 }),
      settings,
      (given, cidr, except, cluster) => {
        const all = given.map(({ blocks, names }) => outside(blocks, names));
        const peer = cidrPeer(cidr, except, cluster);
        const { identities: selected, undecided } = new Selections(all, cluster).selectedBy(peer);
        const each = all.map(({ labels }) => selectsByAddress(peer, labels, cluster));
        const places = (wanted: (selection: (typeof each)[number]) => boolean) =>
          each.flatMap((selection, place) => (wanted(selection) ? [place] : []));
        assert.deepEqual(
          selected,
          places((selection) => selection === true),
        );
        assert.deepEqual(
          undecided,
          places((selection) => typeof selection === "object"),
        );
      },
    ),
    { numRuns: runs(2_000) },
  );
});

test("label look-ups grow linearly with the number of blocks", () => {
  const lookups = (n: number) => {
    const blocks = Array.from({ length: n }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    const selections = new Selections(
      blocks.map((one) => outside([one])),
      undefined,
    );
    const lookup = mock.method(LabelSet.prototype, "lookup");
    try {
      for (const one of blocks) selections.selectedBy(cidrPeer(one, [one.replace(".0/24", ".128/25")], undefined));
      return lookup.mock.callCount();
    } finally {
      lookup.mock.restore();
    }
  };
  const [few, many] = [lookups(50), lookups(200)];
  assert.ok(few > 0 && many <= 5 * few, `${few} look-ups for 50 blocks, ${many} for 200`);
});

test("label look-ups grow linearly with the number of a block's exceptions", () => {
  const lookups = (n: number) => {
    const holes = Array.from({ length: n }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    const selections = new Selections(
      [...holes, "10.255.0.0/24"].map((one) => outside([one])),
      undefined,
    );
    const lookup = mock.method(LabelSet.prototype, "lookup");
    try {
      const { identities } = selections.selectedBy(cidrPeer("10.0.0.0/8", holes, undefined));
      assert.deepEqual(identities, [n]);
      return lookup.mock.callCount();
    } finally {
      lookup.mock.restore();
    }
  };
  const [few, many] = [lookups(50), lookups(200)];
  assert.ok(few > 0 && many <= 5 * few, `${few} look-ups for 50 exceptions, ${many} for 200`);
});

test("a block with exceptions selects an identity that meets each of its requirements", () => {
  const holes = fc.uniqueArray(block, { maxLength: 4 });
  fc.assert(
    fc.property(holes, block, holes, settings, (blocks, cidr, except, cluster) => {
      if (cluster?.unknown !== undefined) return;
      const { labels } = outside(blocks);
      const peer = cidrPeer(cidr, except, cluster);
      const isWhole = cluster?.cidrMatchMode?.includes("pods") === true;
      const expected = peer.requirements.every(
        (requirement) => (isWhole && requirement.source === "reserved") || holds(requirement, labels),
      );
      assert.equal(selectsByAddress(peer, labels, cluster), expected);
    }),
    { numRuns: runs(2_000) },
  );
});
