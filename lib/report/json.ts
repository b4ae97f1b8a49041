import { type StandsFor, standsForWords } from "../scenario/port-group";

/**
 * A value as JSON for scripts, on its own line or with two spaces a level. The ports that a port stands for are in words, as everywhere where
 * people read them.
 */
export function jsonText(value: unknown, layout: "line" | "indented" = "indented"): string {
  return JSON.stringify(value, inWords, layout === "line" ? undefined : 2);
}

const inWords = (key: string, value: unknown) =>
  key === "standsFor" && typeof value === "object" && value !== null ? standsForWords(value as StandsFor) : value;
