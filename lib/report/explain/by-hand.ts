import { formatPlace } from "../../common/problem";
import { documentText, kubernetesDocument } from "../../input/yaml/write";
import type { Edit } from "../../reachability/explain/edits";
import type { State } from "../../reachability/verdict";
import { portsWords, type ShownPort } from "../../reachability/words";
import { rangesOf } from "../../scenario/port-group";
import type { Style } from "../style";

/** An edit that cannot be written into a file. */
export interface HandEdit extends Edit {
  /** The place that creates the object. Absent if unknown. */
  at?: { file: string; line?: number };
  /** Whether a Fence at that place creates it. */
  byFence?: true;
}

/** The edges that a change is for: one flow, or all that opened or closed between two ends. */
export interface OfEnds {
  from: string;
  to: string;
  ports: readonly ShownPort[];
}

/** One step to do by hand. */
export interface HandStep {
  /** In one line, without a leading mark. */
  words: string;
  /** The path within the object, if it is about one. */
  path?: string;
  /** What to write there, and its language. */
  code?: { text: string; language: "yaml" | "ts" };
}

/** The steps to do by hand: one for all edits of a Fence's edge, and one for each other edit. */
export function handSteps(state: State, edits: readonly HandEdit[], ends?: OfEnds): HandStep[] {
  const ofFence = ends === undefined ? [] : edits.filter(({ byFence }) => byFence === true);
  const others = edits.filter((edit) => !ofFence.includes(edit));
  return [
    ...(ends === undefined || ofFence.length === 0 ? [] : [fenceStep(state, ofFence, ends)]),
    ...others.map((edit): HandStep => {
      const place =
        edit.at === undefined ? "because it is in no file that can be edited" : `where ${placeOf(edit)} makes it`;
      const text = byHandYaml(edit);
      return {
        words: `By hand, ${place}: ${edit.words}`,
        ...(edit.path.length > 0 && { path: edit.path.join(".") }),
        ...(text !== undefined && { code: { text, language: "yaml" } }),
      };
    }),
  ];
}

/** For a terminal. */
export function byHandLines(state: State, edits: readonly HandEdit[], style: Style, ends?: OfEnds): string[] {
  return handSteps(state, edits, ends).flatMap(({ words, path, code }) => [
    "",
    style.warn(`! ${words}${path === undefined ? "" : ` (${path})`}`),
    ...(code === undefined ? (path === undefined ? [] : ["  remove what is there"]) : indented(code.text)),
  ]);
}

/** A single step, because one edge of the Fence creates the policies of both ends and both layers. */
function fenceStep(state: State, edits: readonly HandEdit[], { from, to, ports }: OfEnds): HandStep {
  const places = [...new Set(edits.map(placeOf))].join(" and ");
  if (state === "allowed")
    return {
      words: `By hand, in the Fence at ${places}: take ${portsWords(ports)} out of its edge from ${from} to ${to}`,
    };
  const text = `{ from: ${variableOf(from)}, to: ${variableOf(to)}, ports: [${fencePorts(ports).join(", ")}] }`;
  const words = `By hand, in the Fence at ${places}: add to its edges, or to the ports of the edge from ${from} to ${to}`;
  return { words, code: { text, language: "ts" } };
}

/** The ports as a program writes them. An empty list means every port and protocol, and also covers ports that a Port cannot express. */
function fencePorts(ports: readonly ShownPort[]): string[] {
  const all = ports.map(rangesOf);
  const ranges = all.flatMap((own) => own ?? []);
  if (all.includes(undefined) || ranges.some(({ proto }) => !["TCP", "UDP", "SCTP"].includes(proto))) return [];
  return ranges.map(({ proto, ports: span }) => {
    const name = proto.toLowerCase();
    if (span === undefined) return `Port.all${name.charAt(0).toUpperCase()}${name.slice(1)}()`;
    const { first, last } = span;
    return first === last ? `Port.${name}(${first})` : `Port.${name}Range(${first}, ${last})`;
  });
}

/** A plausible variable name: `webApi` for `shop/web-api`. It is for the reader and need not match the program. */
function variableOf(id: string): string {
  const words = id
    .slice(id.lastIndexOf("/") + 1)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
  const name = words.map((word, place) => (place === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("");
  return /^[A-Za-z]/.test(name) ? name : `_${name}`;
}

const placeOf = ({ at }: HandEdit) => (at === undefined ? "the program" : formatPlace(at));

const indented = (text: string) => text.split("\n").map((line) => `  ${line}`);

/** The YAML to write at the place of an edit; undefined if the edit removes what is there. */
function byHandYaml({ values }: Edit): string | undefined {
  return values.length === 0
    ? undefined
    : values.map((one) => documentText(kubernetesDocument(one)).trimEnd()).join("\n---\n");
}
