import type { KnownEndpoint } from "./context";

/** `shop/web, shop/api and 3 more` */
export function names(endpoints: readonly KnownEndpoint[]): string {
  const shown = endpoints.slice(0, 3).map(({ facts }) => facts.id);
  const rest = endpoints.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : enumerate(shown);
}

/** `a, b and c` */
export function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
