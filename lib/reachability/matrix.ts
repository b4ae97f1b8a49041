import type { Scenario } from "../scenario/scenario";
import { passes } from "./sources/flow-decision";
import type { SourceClasses } from "./sources/source-classes";
import type { Matrix, PortOfFlow, Reachability, Verdict } from "./verdict";

/**
 * All pairs of endpoints on all ports, one byte per cell. Cells are filled by class of sources; the deciding policies are looked up when a cell is read.
 */
export function compileMatrix(
  sourceClasses: SourceClasses,
  reachability: Pick<Reachability, "verdict">,
  ports: readonly PortOfFlow[],
  scenario: Scenario,
): Matrix {
  const endpoints = scenario.endpoints.map(({ id }) => id);
  const size = endpoints.length;
  let allowedCount = 0;
  const cells = ports.map((port) => {
    const cell = new Uint8Array(size * size);
    for (const [target, id] of endpoints.entries()) {
      const { kindOf, kinds } = sourceClasses.of(id, port);
      const isAllowed = kinds.map(passes);
      for (let source = 0; source < size; source++) {
        if (source === target || isAllowed[kindOf[source] ?? -1] !== true) continue;
        cell[source * size + target] = 1;
        allowedCount++;
      }
    }
    return cell;
  });
  return {
    endpoints,
    ports,
    allowedCount,
    allowed: (from, to, port) => cells[port]?.[from * size + to] === 1,
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
