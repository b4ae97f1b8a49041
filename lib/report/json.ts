import { type StandsFor, standsForWords } from "../scenario/port-group";

/**
 * A value as JSON for scripts, on one line or indented by two spaces. `standsFor` is written as text.
 */
export function jsonText(value: unknown, layout: "line" | "indented" = "indented"): string {
  return JSON.stringify(value, inWords, layout === "line" ? undefined : 2);
}

const inWords = (key: string, value: unknown) =>
  key === "standsFor" && typeof value === "object" && value !== null ? standsForWords(value as StandsFor) : value;
