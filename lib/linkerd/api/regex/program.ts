import type { CharTest } from "./char-test";
import { RegexError } from "./reader";
import type { Assertion, Node } from "./syntax";

type Instruction =
  | { op: "char"; test: CharTest }
  | { op: "assert"; at: Assertion; unicode: boolean }
  | { op: "split"; first: number; second: number }
  | { op: "jump"; to: number }
  | { op: "match" };

export type Program = readonly Instruction[];

/** Close to the size limit of Rust's `regex` (10 MiB compiled, at about 40 bytes per state). */
const LARGEST = 250_000;

export function compile(node: Node): Program {
  const program: Instruction[] = [];
  emit(node, program);
  program.push({ op: "match" });
  return program;
}

function emit(node: Node, program: Instruction[]): void {
  if (program.length > LARGEST) throw new RegexError("compiled regex exceeds size limit");
  switch (node.kind) {
    case "char":
      program.push({ op: "char", test: node.test });
      return;
    case "assert":
      program.push({ op: "assert", at: node.at, unicode: node.unicode });
      return;
    case "concat":
      for (const part of node.parts) emit(part, program);
      return;
    case "alternate":
      emitAlternatives(node.branches, program);
      return;
    case "repeat":
      emitRepetition(node, program);
  }
}

function emitAlternatives(branches: readonly Node[], program: Instruction[]): void {
  const ends: { op: "jump"; to: number }[] = [];
  for (const [index, branch] of branches.entries()) {
    if (index === branches.length - 1) {
      emit(branch, program);
      break;
    }
    const split = { op: "split" as const, first: program.length + 1, second: 0 };
    program.push(split);
    emit(branch, program);
    const end = { op: "jump" as const, to: 0 };
    program.push(end);
    ends.push(end);
    split.second = program.length;
  }
  for (const end of ends) end.to = program.length;
}

interface Split {
  op: "split";
  first: number;
  second: number;
}

function emitRepetition({ node, min, max, greedy }: Node & { kind: "repeat" }, program: Instruction[]): void {
  const toEnd: Split[] = [];
  /** A fork between `program[into]` and what comes after the repetition. */
  const fork = (into: number) => {
    const split: Split = { op: "split", first: into, second: into };
    program.push(split);
    toEnd.push(split);
  };
  const copies = max === Infinity ? Math.max(0, min - 1) : min;
  for (let times = 0; times < copies; times++) {
    const before = program.length;
    emit(node, program);
    if (program.length === before) break;
  }
  if (max !== Infinity) {
    for (let times = min; times < max; times++) {
      fork(program.length + 1);
      emit(node, program);
    }
  } else if (min === 0 && !nullable(node)) {
    const loop = program.length;
    fork(loop + 1);
    emit(node, program);
    program.push({ op: "jump", to: loop });
  } else {
    // An iteration that consumes nothing ends the loop, so that the choice comes after the iteration.
    if (min === 0) fork(program.length + 1);
    const loop = program.length;
    emit(node, program);
    fork(loop);
  }
  for (const split of toEnd) {
    if (greedy) split.second = program.length;
    else split.first = program.length;
  }
}

/** Whether the node can match without consuming a character. */
function nullable(node: Node): boolean {
  switch (node.kind) {
    case "char":
      return false;
    case "assert":
      return true;
    case "concat":
      return node.parts.every(nullable);
    case "alternate":
      return node.branches.some(nullable);
    case "repeat":
      return node.min === 0 || nullable(node.node);
  }
}

/**
 * Whether the match that Rust's `regex` finds spans the whole text. It finds the leftmost match and, among those, the one that the order of
 * alternatives and greediness prefer: `/api|/api/v1` finds `/api` in `/api/v1` and does not span it. All threads advance through the text together,
 * so that the time is at most the pattern's length times the text's.
 */
export function spans(program: Program, text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let threads = follow(program, [0], codes, 0);
  let end = -1;
  for (let at = 0; ; at++) {
    const next: number[] = [];
    for (const thread of threads) {
      const instruction = program[thread];
      if (instruction?.op === "match") {
        // The threads after this one have lower priority.
        end = at;
        break;
      }
      const code = codes[at];
      if (instruction?.op === "char" && code !== undefined && instruction.test(code)) next.push(thread + 1);
    }
    if (next.length === 0 || at >= codes.length) return end === codes.length;
    threads = follow(program, next, codes, at + 1);
  }
}

/** The threads that consume or match and are reachable from `starts` without consuming, by priority. */
function follow(program: Program, starts: readonly number[], codes: readonly number[], at: number): number[] {
  const seen = new Set<number>();
  const found: number[] = [];
  const stack = [...starts].reverse();
  while (stack.length > 0) {
    const index = stack.pop() as number;
    if (seen.has(index)) continue;
    seen.add(index);
    const instruction = program[index];
    if (instruction === undefined) continue;
    if (instruction.op === "jump") stack.push(instruction.to);
    else if (instruction.op === "split") stack.push(instruction.second, instruction.first);
    else if (instruction.op === "assert") {
      if (holds(instruction.at, instruction.unicode, codes, at)) stack.push(index + 1);
    } else found.push(index);
  }
  return found;
}

function holds(assertion: Assertion, unicode: boolean, codes: readonly number[], at: number): boolean {
  const before = codes[at - 1];
  const after = codes[at];
  switch (assertion) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === codes.length;
    case "line-start":
      return at === 0 || before === 10;
    case "line-end":
      return at === codes.length || after === 10;
    case "line-start-crlf":
      return at === 0 || before === 10 || (before === 13 && after !== 10);
    case "line-end-crlf":
      return at === codes.length || after === 13 || (after === 10 && before !== 13);
    default:
      return atWord(assertion, isWord(before, unicode), isWord(after, unicode));
  }
}

function atWord(assertion: Assertion, before: boolean, after: boolean): boolean {
  switch (assertion) {
    case "word":
      return before !== after;
    case "not-word":
      return before === after;
    case "word-start":
      return !before && after;
    case "word-end":
      return before && !after;
    case "word-start-half":
      return !before;
    default:
      return !after;
  }
}

function isWord(code: number | undefined, unicode: boolean): boolean {
  if (code === undefined) return false;
  if (code < 128 || !unicode) return /^[0-9A-Za-z_]$/.test(String.fromCharCode(code));
  return /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u.test(String.fromCodePoint(code));
}
