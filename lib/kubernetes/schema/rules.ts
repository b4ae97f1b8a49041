import type { Environment } from "@marcbachmann/cel-js";
import { parsePrefix } from "../cidr";
import { goRegExp } from "./go-regexp";
import { type Fault, fieldSchema, isRecord, type Path, type Schema } from "./schema";

/** The violations of the CRD's CEL rules (`x-kubernetes-validations`). The API server only evaluates them for objects that match their schema. */
export function ruleFaults(schema: Schema | undefined, value: unknown, path: Path = []): Fault[] {
  if (schema === undefined || value === null || value === undefined) return [];
  const own = (schema.validations ?? []).flatMap(({ rule, message }): Fault[] => {
    const broken = brokenBy(rule, value);
    if (broken === undefined) return [];
    return [{ path, code: "invalid", message: broken === "" ? message : `${message} (${broken})` }];
  });
  if (Array.isArray(value)) {
    return [...own, ...value.flatMap((item, index) => ruleFaults(schema.items, item, [...path, index]))];
  }
  if (!isRecord(value)) return own;
  const below = Object.entries(value).flatMap(([key, member]) =>
    ruleFaults(fieldSchema(schema, key), member, [...path, key]),
  );
  return [...own, ...below];
}

/** Undefined if the rule holds; otherwise the error, or empty text if the rule is merely false. */
function brokenBy(rule: string, self: unknown): string | undefined {
  // Most objects have only rules of this form, which do not need the CEL library.
  const alternatives = rule.split(" || ").map((part) => /^has\(self\.(\w+)\)$/.exec(part)?.[1]);
  if (alternatives.every((field) => field !== undefined)) {
    return isRecord(self) && alternatives.some((field) => Object.hasOwn(self, field)) ? undefined : "";
  }
  try {
    return program(rule)({ self }) === true ? undefined : "";
  } catch (error) {
    // Such as an absent field, which the API server counts as a violation, too.
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  }
}

/** A field whose name CEL reserves, as Kubernetes escapes it. The library accepts it without the escape. */
const RESERVED_FIELD =
  /\.__(namespace|as|break|const|continue|else|for|function|if|import|let|loop|package|return|var|void|while)__\b/g;

/** `has(self.matches[0].path)`: the library's own `has` does not support an index. */
const FIELD_OF_ITEM = /\bhas\(([\w.]+\[\d+\](?:\.\w+)*)\.(\w+)\)/g;

type Program = ReturnType<Environment["parse"]>;
const programs = new Map<string, Program>();
let environment: Environment | undefined;

function program(rule: string): Program {
  const known = programs.get(rule);
  if (known !== undefined) return known;
  environment ??= makeEnvironment();
  const made = environment.parse(
    rule
      .replaceAll(/\.matches\(/g, ".matchesGo(")
      .replaceAll(RESERVED_FIELD, ".$1")
      .replaceAll(FIELD_OF_ITEM, "hasField($1, '$2')"),
  );
  programs.set(rule, made);
  return made;
}

function makeEnvironment(): Environment {
  const cel: typeof import("@marcbachmann/cel-js") = require("@marcbachmann/cel-js");
  return (
    new cel.Environment()
      .registerVariable("self", "dyn")
      // The library's own `matches` has JavaScript's regular expressions.
      .registerFunction("string.matchesGo(string): bool", (text: string, pattern: string) =>
        goRegExp(pattern).test(text),
      )
      .registerFunction("isCIDR(string): bool", (text: string) => parsePrefix(text) !== undefined)
      .registerFunction(
        "hasField(dyn, string): bool",
        (value: unknown, field: string) => isRecord(value) && Object.hasOwn(value, field),
      )
  );
}
