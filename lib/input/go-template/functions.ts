import { type GoValue, NotEvaluated } from "./values";

/** What a parameter of a function takes. */
export type Parameter = "any" | "string" | "int" | "float" | "bool" | "map" | "list";

export interface GoFunction {
  parameters: readonly Parameter[];
  /** What may come behind them, as often as one likes. */
  rest?: Parameter;
  /** Is given arguments of those types; what Go calls nil is null. */
  run(...args: GoValue[]): GoValue;
}

/** A function with parameters of these types. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters say which types the arguments have, and they are checked before.
export function fn(parameters: readonly Parameter[], run: (...args: any[]) => GoValue): GoFunction {
  return { parameters, run };
}

/** A function that takes more arguments behind those. */
export function variadic(
  parameters: readonly Parameter[],
  rest: Parameter,
  // biome-ignore lint/suspicious/noExplicitAny: see `fn`.
  run: (...args: any[]) => GoValue,
): GoFunction {
  return { parameters, rest, run };
}

/** A function that is there, and whose result cannot be known here: it is random, or a matter of time, or seldom used. */
export const notEvaluated = (name: string): GoFunction =>
  variadic([], "any", () => {
    throw new NotEvaluated(`it calls ${name}, which is not evaluated here`);
  });

export function takes(parameter: Parameter, value: GoValue): boolean {
  if (parameter === "any") return true;
  if (parameter === "map")
    return value === null || value === undefined || (value instanceof Map && value.constructor === Map);
  if (parameter === "list") return Array.isArray(value);
  return typeof value === { string: "string", int: "bigint", float: "number", bool: "boolean" }[parameter];
}
