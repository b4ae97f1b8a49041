import { getOrMake } from "../../common/maps";
import { compareText } from "../../common/text";
import type { EndpointFacts } from "../../scenario/scenario";
import { withoutFolded } from "./representatives";
import type { SourceGroup } from "./targets";

/** Joins and sorts lists of sources. Many targets share such lists, so each combination is sorted only once. */
export class JoinedSources {
  private readonly numbers = new Map<readonly string[], number>();
  private readonly joined = new Map<string, Pick<SourceGroup, "from" | "shown">>();

  /** The rank of each id. Sorting by rank is faster than comparing text, and each target may list nearly all sources. */
  private readonly places: ReadonlyMap<string, number>;
  private readonly inOrder: readonly string[];

  constructor(private readonly endpoints: ReadonlyMap<string, EndpointFacts>) {
    this.inOrder = [...endpoints.keys()].sort(compareText);
    this.places = new Map(this.inOrder.map((id, place) => [id, place]));
  }

  /** The joined sources; the same object for the same parts. */
  of(parts: readonly (readonly string[])[]): Pick<SourceGroup, "from" | "shown"> {
    const key = parts.map((part) => getOrMake(this.numbers, part, () => this.numbers.size)).join();
    return getOrMake(this.joined, key, () => {
      const [first = [], ...others] = parts;
      const from = this.sorted(others.length === 0 ? first : parts.flat());
      return { from, shown: withoutFolded(from, this.endpoints) };
    });
  }

  private sorted(ids: readonly string[]): string[] {
    const places = new Int32Array(ids.length);
    for (let index = 0; index < ids.length; index++) {
      const place = this.places.get(ids[index] ?? "");
      if (place === undefined) return [...ids].sort(compareText);
      places[index] = place;
    }
    return Array.from(places.sort(), (place) => this.inOrder[place] ?? "");
  }
}
