import type { Drop } from "../cluster";
import type { Probe } from "./probe";

/** The drops of this probe's edge because of a policy, as phrases: `Policy denied at ingress`. */
export function dropsOf(probe: Probe, drops: readonly Drop[], since: number): string[] {
  const mine = drops.filter((drop) => drop.at >= since && isOf(probe, drop));
  return [...new Set(mine.map(dropWords))];
}

/** The policies that the agents named for the drops of this edge. They name only policies with a deny rule. */
export function policiesOf(probe: Probe, drops: readonly Drop[]): string[] {
  const named = drops.filter((drop) => isOf(probe, drop)).flatMap(({ policies }) => policies.map(policyWords));
  return [...new Set(named)].sort();
}

/** By addresses and the port on the wire, which on a mesh may be 4143. */
function isOf({ client, target, port, verdict, kind }: Probe, drop: Drop): boolean {
  const ports = [port, verdict.wire?.port ?? port];
  return (
    drop.byPolicy &&
    drop.from.ip === client.ip &&
    // DNS queries go to the Service, so any of its pods may have received it.
    (kind === "name" || drop.to.ip === target.ip) &&
    drop.protocol === verdict.proto.toUpperCase() &&
    drop.port !== undefined &&
    ports.includes(drop.port)
  );
}

function dropWords({ reason, direction, policies }: Drop): string {
  const where = direction === undefined ? "" : ` at ${direction}`;
  return `${reason}${where}${policies.length === 0 ? "" : ` by ${policies.map(policyWords).join(", ")}`}`;
}

function policyWords({ namespace, name }: Drop["policies"][number]): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
