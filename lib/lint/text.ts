import { enumerate } from "../common/text";
import type { KnownEndpoint } from "./context";

/** `shop/web, shop/api and 3 more` */
export function names(endpoints: readonly KnownEndpoint[]): string {
  const shown = endpoints.slice(0, 3).map(({ facts }) => facts.id);
  const rest = endpoints.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : enumerate(shown);
}

/** The ids of endpoints, for the data of a finding. */
export const idsOf = (endpoints: readonly KnownEndpoint[]): string[] => [
  ...new Set(endpoints.map(({ facts }) => facts.id)),
];

/** `shop/web TCP 80`, for the data of a finding. */
export const servicePorts = (ports: ReadonlyMap<string, readonly string[]>): string[] =>
  [...ports].flatMap(([service, some]) => [...new Set(some)].map((port) => `${service} ${port}`));
