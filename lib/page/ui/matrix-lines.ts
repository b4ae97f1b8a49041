import type { EndpointFacts } from "../../scenario/scenario";
import { groupOf } from "../engine/side";

/** A row or a column: a namespace, or one endpoint. */
export type Line =
  | { kind: "group"; group: string; places: readonly number[]; isOpen: boolean }
  | { kind: "endpoint"; group: string; place: number; id: string; label: string };

/** With more endpoints, namespaces are folded initially. */
export const MANY = 48;

/** Whether a namespace is folded. */
export function isFolded(group: string, endpoints: number, toggled: readonly string[]): boolean {
  return endpoints > MANY !== toggled.includes(group);
}

/** The rows or columns: a line for each namespace, followed by its workloads if it is unfolded. */
export function linesOf(
  endpoints: readonly EndpointFacts[],
  matches: (endpoint: EndpointFacts) => boolean,
  toggled: readonly string[],
): Line[] {
  const groups = new Map<string, number[]>();
  for (const [place, endpoint] of endpoints.entries()) {
    if (!matches(endpoint)) continue;
    const group = groupOf(endpoint);
    const places = groups.get(group) ?? [];
    places.push(place);
    groups.set(group, places);
  }
  const sorted = [...groups].sort(
    ([a], [b]) => Number(a.startsWith("(")) - Number(b.startsWith("(")) || (a < b ? -1 : 1),
  );
  return sorted.flatMap(([group, places]): Line[] => {
    const isOpen = !isFolded(group, endpoints.length, toggled);
    const head: Line = { kind: "group", group, places, isOpen };
    if (!isOpen) return [head];
    return [
      head,
      ...places.map((place): Line => {
        const id = endpoints[place]?.id ?? "";
        return {
          kind: "endpoint",
          group,
          place,
          id,
          label: id.startsWith(`${group}/`) ? id.slice(group.length + 1) : id,
        };
      }),
    ];
  });
}
