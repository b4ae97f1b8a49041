import { builtins } from "./builtins";
import type { GoFunction } from "./functions";
import { collections } from "./sprig-collections";
import { formats } from "./sprig-formats";
import { numbers } from "./sprig-numbers";
import { texts } from "./sprig-texts";

/** The predefined functions and those of the library sprig, without those that read the machine's state. */
export const sprig: ReadonlyMap<string, GoFunction> = new Map([
  ...builtins,
  ...texts,
  ...numbers,
  ...collections,
  ...formats,
]);
