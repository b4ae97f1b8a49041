import assert from "node:assert/strict";
import { test } from "node:test";
import { PROTOCOL_NUMBERS } from "../../lib/kubernetes/ports";
import { PortClasses } from "../../lib/reachability/port-classes";
import { portWords } from "../../lib/reachability/words";

/** An item of a list that allows: `tcp/5432`, and `tcp/0` for all ports. */
function item(text: string) {
  const [protocol = "", port] = text.split("/");
  return {
    protocol: PROTOCOL_NUMBERS.get(protocol) ?? -1,
    port: Number(port),
    endPort: 0,
    precedence: 0,
    deny: false,
    passes: false,
    range: { highest: 0, lowest: 0 },
    isNamed: false,
    redirect: false,
    authentication: "",
    origins: [],
    proxied: [],
  };
}
const told = (classes: PortClasses) => classes.examples([], undefined).map((port) => portWords(port));

test("reports ports that a rule names for all protocols once, in whatever order it names them", () => {
  const inOrder = ["tcp/0", "tcp/5432", "udp/0", "udp/5432", "sctp/0", "sctp/5432"];
  const mixed = ["tcp/0", "tcp/5432", "udp/5432", "udp/0", "sctp/5432", "sctp/0"];
  const expected = told(new PortClasses().addList(inOrder.map(item)));
  assert.deepEqual(
    expected.filter((words) => words.includes("5432")),
    ["TCP 5432, UDP and SCTP too"],
  );
  assert.deepEqual(told(new PortClasses().addList(mixed.map(item))), expected);
});
