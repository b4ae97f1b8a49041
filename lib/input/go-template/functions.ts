import { type GoValue, NotEvaluated } from "./values";

/** The type of a function's parameter. */
export type Parameter = "any" | "string" | "int" | "float" | "bool" | "map" | "list";

export interface GoFunction {
  parameters: readonly Parameter[];
  /** The type of further, variadic arguments. */
  rest?: Parameter;
  /** Receives arguments of those types. Go's nil is null. */
  run(...args: GoValue[]): GoValue;
}

/** A function with parameters of these types. */
// biome-ignore lint/suspicious/noExplicitAny: the parameters declare the types of the arguments, which are checked before the call.
export function fn(parameters: readonly Parameter[], run: (...args: any[]) => GoValue): GoFunction {
  return { parameters, run };
}

/** A function with variadic arguments after its parameters. */
export function variadic(
  parameters: readonly Parameter[],
  rest: Parameter,
  // biome-ignore lint/suspicious/noExplicitAny: see `fn`.
  run: (...args: any[]) => GoValue,
): GoFunction {
  return { parameters, rest, run };
}

/** A function that Go has, but that is not evaluated here: its result is random, depends on the time, or is rarely used. */
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
