import { plural } from "../../reachability/words";
import type { ControllerPort, ControllerReport } from "../../verify/report";

/** `Linkerd's policy controller has 3 of 4 ports as predicted (linkerd/linkerd-destination-6d9c)` */
export function controllerHeadline({ absent, answeredBy = "", ports }: ControllerReport): string {
  const all = plural(ports.length, "port");
  if (absent !== undefined)
    return `Linkerd's policy controller was not heard, so its view of ${all} is not proven: ${absent.text}`;
  const agreeing = ports.filter(({ state }) => state === "agrees").length;
  return `Linkerd's policy controller has ${agreeing} of ${all} as predicted (${answeredBy})`;
}

/** `the policy controller differs on 1 port`; undefined if it agrees on all. */
export function differingWords(controller: ControllerReport | undefined): string | undefined {
  const count = controller?.ports.filter(({ state }) => state === "differs").length ?? 0;
  return count === 0 ? undefined : `the policy controller differs on ${plural(count, "port")}`;
}

/** The ports to list: first those that differ, then those that are not proven. None if there was no answer at all, which the headline says. */
export function openPorts({ absent, ports }: ControllerReport): ControllerPort[] {
  if (absent !== undefined) return [];
  const of = (state: ControllerPort["state"]) => ports.filter((port) => port.state === state);
  return [...of("differs"), ...of("not proven")];
}

/** `shop/cart TCP 9898` */
export const portOfWords = ({ to, port }: ControllerPort): string => `${to} TCP ${port}`;

export const controllerMark: Record<ControllerPort["state"], string> = { agrees: "✓", differs: "✗", "not proven": "?" };

/** Why a port is listed. */
export const controllerHow = ({ state, how }: ControllerPort): string =>
  state === "not proven" ? `not proven: ${how.join("; ")}` : how.join("; ");
