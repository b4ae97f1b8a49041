import { type Wire, wireOf } from "../mesh/wire";
import type { Direction } from "./entries";
import type { Endpoint, Model } from "./model";
import { PROTOCOL_NUMBERS } from "./ports";
import type { Scenario } from "./scenario";
import type { Matrix, PortOfFlow, Reachability, Verdict } from "./verdict";

const EGRESS = 1;
const INGRESS = 2;
const TAKEN = 4;
const ALLOWED = EGRESS | INGRESS | TAKEN;

/**
 * All pairs on all ports as one byte a cell, which ends let the flow pass. Rows and columns are filled from each subject's policy at once;
 * the policies that decide are looked up when a cell is read.
 */
export function compileMatrix(
  model: Model,
  reachability: Pick<Reachability, "verdict">,
  ports: readonly PortOfFlow[],
  scenario: Scenario,
  meshed: boolean,
): Matrix {
  const endpoints = scenario.endpoints.map(({ id }) => id);
  const nodes = endpoints.map((id) => model.endpoint(id)).filter((node) => node !== undefined);
  const size = nodes.length;
  const cells = ports.map(() => new Uint8Array(size * size));
  for (const [place, { proto, port }] of ports.entries()) {
    const cell = cells[place];
    const protocol = PROTOCOL_NUMBERS.get(proto.toLowerCase());
    if (cell === undefined || protocol === undefined) continue;
    const wire = (from: Endpoint, to: Endpoint): Wire =>
      wireOf({ proto, port, from: from.facts.mesh, to: to.facts.mesh }, scenario.mesh?.transportMode);
    for (const [index, subject] of nodes.entries()) {
      const egress = passing(model, subject, "egress", protocol);
      const ingress = passing(model, subject, "ingress", protocol);
      for (const [other, peer] of nodes.entries()) {
        const out = meshed ? wire(subject, peer) : undefined;
        const into = meshed ? wire(peer, subject) : undefined;
        if (out?.refused === undefined) mark(cell, index * size + other, TAKEN);
        if (egress(peer, out?.port ?? port)) mark(cell, index * size + other, EGRESS);
        if (ingress(peer, into?.port ?? port)) mark(cell, other * size + index, INGRESS);
      }
    }
  }
  let allowedCount = 0;
  for (const cell of cells) {
    for (let index = 0; index < cell.length; index++) {
      if (cell[index] === ALLOWED && index % (size + 1) !== 0) allowedCount++;
    }
  }
  return {
    endpoints,
    ports,
    allowedCount,
    allowed: (from, to, port) => from !== to && cells[port]?.[from * size + to] === ALLOWED,
    verdict: (from, to, port): Verdict => {
      const asked = ports[port];
      const fromId = endpoints[from];
      const toId = endpoints[to];
      if (asked === undefined || fromId === undefined || toId === undefined)
        throw new RangeError(`no cell ${from}, ${to}, ${port} in the matrix`);
      return reachability.verdict({ from: fromId, to: toId, ...asked });
    },
  };
}

function mark(cell: Uint8Array, index: number, bit: number): void {
  cell[index] = (cell[index] ?? 0) | bit;
}

/** Whether a subject lets a peer pass, remembered by the peer's group. */
function passing(
  model: Model,
  subject: Endpoint,
  direction: Direction,
  protocol: number,
): (peer: Endpoint, port: number) => boolean {
  if (!subject.isPod) return () => true;
  if (model.conflict(subject.identity) !== undefined) return () => false;
  const policy = model.policy(subject.identity, direction);
  return (peer, port) => policy.decide(peer.identity, protocol, port).verdict === "allowed";
}
