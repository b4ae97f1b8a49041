import { stringify } from "yaml";
import type { Edit } from "../../reachability/explain/edits";
import type { State } from "../../reachability/verdict";
import { portWords } from "../../reachability/words";
import type { Flow } from "../../scenario/scenario";
import type { Style } from "../style";

/** An edit that cannot be written into a file. */
export interface HandEdit extends Edit {
  /** Where what it is about is made. Absent: nobody knows. */
  at?: { file: string; line?: number };
  /** A Fence at that place makes it, from its edges. */
  byFence?: true;
}

/** One thing that somebody has to do by hand: where and what, and the text that has to stand there. */
export interface HandPart {
  words: string;
  text?: string;
}

/** What somebody has to do by hand: once for all that comes of a Fence's edge, and for each other part. */
export function byHandParts(state: State, edits: readonly HandEdit[], flow?: Flow): HandPart[] {
  const ofFence = flow === undefined ? [] : edits.filter(({ byFence }) => byFence === true);
  const others = edits.filter((edit) => !ofFence.includes(edit));
  return [
    ...(flow === undefined || ofFence.length === 0 ? [] : [fencePart(state, ofFence, flow)]),
    ...others.map((edit) => {
      const where = edit.path.length > 0 ? ` (${edit.path.join(".")})` : "";
      const place =
        edit.at === undefined ? "since it is in no file that can be edited" : `where ${placeOf(edit)} makes it`;
      return { words: `${place}: ${edit.words}${where}`, text: byHandYaml(edit) ?? "remove what is there" };
    }),
  ];
}

/** {@link byHandParts} for a terminal. */
export function byHandLines(state: State, edits: readonly HandEdit[], style: Style, flow?: Flow): string[] {
  return byHandParts(state, edits, flow).flatMap(({ words, text }) => [
    "",
    style.warn(`! By hand, ${words}`),
    ...(text === undefined ? [] : text.split("\n").map((line) => `  ${line}`)),
  ]);
}

/** One edge of the Fence makes the policies of both ends, and of both layers. */
function fencePart(state: State, edits: readonly HandEdit[], flow: Flow): HandPart {
  const places = [...new Set(edits.map(placeOf))].join(" and ");
  const { from, to, proto, port } = flow;
  if (state === "allowed")
    return { words: `in the Fence at ${places}: take ${portWords(flow)} out of its edge from ${from} to ${to}` };
  const isNumbered = ["TCP", "UDP"].includes(proto);
  const ports = isNumbered ? `Port.${proto.toLowerCase()}(${port})` : "";
  return {
    words: `in the Fence at ${places}: add to its edges, or to the ports of the edge from ${from} to ${to}`,
    text: `{ from: ${variableOf(from)}, to: ${variableOf(to)}, ports: [${ports}] }`,
  };
}

/** `shop/web-api` is `webApi` in the program, most likely: a name for the reader, and no code of it. */
function variableOf(id: string): string {
  const words = id
    .slice(id.lastIndexOf("/") + 1)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
  const name = words.map((word, place) => (place === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("");
  return /^[A-Za-z]/.test(name) ? name : `_${name}`;
}

const placeOf = ({ at }: HandEdit) => (at?.line === undefined ? (at?.file ?? "the program") : `${at.file}:${at.line}`);

/** What has to stand where an edit is made; undefined where it takes away what stands there. */
function byHandYaml({ values }: Edit): string | undefined {
  return values.length === 0 ? undefined : values.map((one) => stringify(one).trimEnd()).join("\n---\n");
}
