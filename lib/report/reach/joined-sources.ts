import { getOrMake } from "../../common/maps";
import { compareText } from "../../common/text";
import type { EndpointFacts } from "../../scenario/scenario";
import { withoutFolded } from "./representatives";
import type { SourceGroup } from "./targets";

/** Sources in order. Many targets share the lists of their sources, and each combination of lists is put in order once. */
export class JoinedSources {
  private readonly numbers = new Map<readonly string[], number>();
  private readonly joined = new Map<string, Pick<SourceGroup, "from" | "shown">>();

  constructor(private readonly endpoints: ReadonlyMap<string, EndpointFacts>) {}

  /** The same lists for the same parts. */
  of(parts: readonly (readonly string[])[]): Pick<SourceGroup, "from" | "shown"> {
    const key = parts.map((part) => getOrMake(this.numbers, part, () => this.numbers.size)).join();
    return getOrMake(this.joined, key, () => {
      const from = parts.flat().sort(compareText);
      return { from, shown: withoutFolded(from, this.endpoints) };
    });
  }
}
