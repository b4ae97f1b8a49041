import { InvalidArgumentError } from "commander";
import { isWorld } from "../cilium/policy/identity";
import type { Change } from "../reachability/diff";
import type { DiffReport } from "../report/diff/diff-rows";
import type { EndpointFacts } from "../scenario/scenario";

/** What `--fail-on` looks for: `opened`, `closed`, `changed` (of all edges or those of one peer), or `refused`. */
export interface Gate {
  what: "opened" | "closed" | "changed" | "refused";
  /** An endpoint, a namespace, or `world`: any peer outside the cluster. Absent: everything. */
  peer?: string;
}

const kinds = ["opened", "closed", "changed", "refused"] as const;

/** @throws InvalidArgumentError for what is no gate; a gate that never closes would be worse than none. */
export function parseGate(text: string, earlier: readonly Gate[] = []): Gate[] {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const peer = colon < 0 ? undefined : text.slice(colon + 1);
  const what = kinds.find((kind) => kind === name);
  if (what === undefined)
    throw new InvalidArgumentError(`Expected one of ${kinds.join(", ")}, optionally with ":<peer>".`);
  if (peer === "" || (what === "refused" && peer !== undefined)) {
    throw new InvalidArgumentError(
      what === "refused" ? '"refused" takes no peer.' : "After the colon comes an endpoint, a namespace or world.",
    );
  }
  return [...earlier, { what, ...(peer !== undefined && { peer }) }];
}

/** Gates whose peer is nobody: a misspelt name would let everything pass. */
export function idleGates(gates: readonly Gate[], endpoints: readonly EndpointFacts[]): Gate[] {
  return gates.filter(
    ({ peer }) => peer !== undefined && peer !== "world" && !endpoints.some((endpoint) => is(endpoint, peer)),
  );
}

/** The gates that the difference does not pass. */
export function shutGates(gates: readonly Gate[], { diff, refused, endpoints }: DiffReport): Gate[] {
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const concerns = ({ from, to }: Change, peer: string) =>
    [...from, to].some((id) => {
      const endpoint = byId.get(id);
      return endpoint !== undefined && is(endpoint, peer);
    });
  return gates.filter(({ what, peer }) =>
    what === "refused" ? refused.length > 0 : diff[what].some((change) => peer === undefined || concerns(change, peer)),
  );
}

function is(endpoint: EndpointFacts, peer: string): boolean {
  if (endpoint.id === peer || endpoint.namespace === peer) return true;
  return peer === "world" && isWorld(endpoint);
}

export const describeGate = ({ what, peer }: Gate): string => (peer === undefined ? what : `${what}:${peer}`);
