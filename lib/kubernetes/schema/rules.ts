import type { Environment } from "@marcbachmann/cel-js";
import { parsePrefix } from "../cidr";
import { goRegExp } from "./go-regexp";
import { type Fault, fieldSchema, isRecord, type Path, type Schema } from "./schema";

/** What the CRD's own rules (`x-kubernetes-validations`) find wrong. The API server asks them only of objects that fit their schema. */
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

/** Undefined where the rule holds; else why it does not, where more can be said than that it is false. */
function brokenBy(rule: string, self: unknown): string | undefined {
  // Most objects come with this rule alone, and CEL need not be loaded for it.
  const alternatives = rule.split(" || ").map((part) => /^has\(self\.(\w+)\)$/.exec(part)?.[1]);
  if (alternatives.every((field) => field !== undefined)) {
    return isRecord(self) && alternatives.some((field) => Object.hasOwn(self, field)) ? undefined : "";
  }
  try {
    return program(rule)({ self }) === true ? undefined : "";
  } catch (error) {
    // Such as a field that is absent, which the API server takes for a broken rule as well.
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  }
}

/** A field named like a word that CEL reserves, as Kubernetes escapes it. The library takes such a word for a field's name. */
const RESERVED_FIELD =
  /\.__(namespace|as|break|const|continue|else|for|function|if|import|let|loop|package|return|var|void|while)__\b/g;

/** `has(self.matches[0].path)`, where the library's own `has` takes no index. */
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
      // The library's own `matches` takes JavaScript's regular expressions.
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
