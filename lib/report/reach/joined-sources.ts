import { getOrMake } from "../../common/maps";
import { compareText } from "../../common/text";
import type { EndpointFacts } from "../../scenario/scenario";
import { withoutFolded } from "./representatives";
import type { SourceGroup } from "./targets";

/** Sources in order. Many targets share the lists of their sources, and each combination of lists is put in order once. */
export class JoinedSources {
  private readonly numbers = new Map<readonly string[], number>();
  private readonly joined = new Map<string, Pick<SourceGroup, "from" | "shown">>();

  /** By id, its place among all that are in order: each target has its own list of nearly all sources, and texts take long to compare. */
  private readonly places: ReadonlyMap<string, number>;
  private readonly inOrder: readonly string[];

  constructor(private readonly endpoints: ReadonlyMap<string, EndpointFacts>) {
    this.inOrder = [...endpoints.keys()].sort(compareText);
    this.places = new Map(this.inOrder.map((id, place) => [id, place]));
  }

  /** The same lists for the same parts. */
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
