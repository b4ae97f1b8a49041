import { printable } from "../../common/printable";
import { type Style, wrap } from "../style";

/** What recordings cannot show, as lines of text, if anything. */
export function blindSpotLines(blind: readonly string[], style: Style): string[] {
  if (blind.length === 0) return [];
  return [
    "",
    style.strong("What the traffic cannot tell"),
    ...blind.map((one) => `  ${wrap(printable(one), { indent: 2 })}`),
  ];
}
