import { type Wire, wireOf } from "../mesh/wire";
import type { Direction } from "./entries";
import { getOrMake } from "./maps";
import type { Endpoint, Model } from "./model";
import { PROTOCOL_NUMBERS } from "./ports";
import type { Scenario } from "./scenario";
import type { Matrix, PortOfFlow, Reachability, Verdict } from "./verdict";

const LEAVES = 1;
const ENTERS = 2;
const ALLOWED = LEAVES | ENTERS;

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
      meshed
        ? wireOf({ proto, port, from: from.facts.mesh, to: to.facts.mesh }, scenario.mesh?.transportMode)
        : { port, mtls: false };
    for (const [index, subject] of nodes.entries()) {
      const egress = passing(model, subject, "egress", protocol);
      const ingress = passing(model, subject, "ingress", protocol);
      for (let other = 0; other < size; other++) {
        const peer = nodes[other];
        if (peer === undefined) continue;
        const out = wire(subject, peer);
        const into = wire(peer, subject);
        const leaves = egress(peer, out.port) && out.refused === undefined;
        const enters = ingress(peer, into.port) && into.refused === undefined;
        if (leaves) cell[index * size + other] = (cell[index * size + other] ?? 0) | LEAVES;
        if (enters) cell[other * size + index] = (cell[other * size + index] ?? 0) | ENTERS;
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

/** Whether a subject lets a peer pass, looked up in one row a port. */
function passing(
  model: Model,
  subject: Endpoint,
  direction: Direction,
  protocol: number,
): (peer: Endpoint, port: number) => boolean {
  if (!subject.isPod) return () => true;
  if (model.conflict(subject.identity) !== undefined) return () => false;
  const policy = model.policy(subject.identity, direction);
  const rows = new Map<number, Uint8Array>();
  let last: { port: number; row: Uint8Array } | undefined;
  return (peer, port) => {
    if (last?.port !== port) last = { port, row: getOrMake(rows, port, () => policy.passing(protocol, port)) };
    return last.row[peer.identity] === 1;
  };
}
