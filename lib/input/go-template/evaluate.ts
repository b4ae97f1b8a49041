import type { Operand, Pipe } from "./expression";
import { type GoFunction, type Parameter, takes } from "./functions";
import { type Node, parse } from "./parser";
import {
  fromJson,
  type GoValue,
  integerOf,
  isTrue,
  printed,
  sortedKeys,
  TemplateError,
  TextMap,
  typeName,
} from "./values";

/** The result of a missing key: no value, which prints `<no value>`; the type's zero value; or an error. */
export type MissingKey = "invalid" | "zero" | "error";

export interface TemplateOptions {
  functions: ReadonlyMap<string, GoFunction>;
  /** Default: `invalid`. */
  missingKey?: MissingKey;
  /** Default: `{{` and `}}`. */
  delimiters?: readonly [string, string];
}

/** What Go prints for a missing value. */
export const noValue = "<no value>";

const maxSteps = 200_000;
const maxText = 4 << 20;
const maxDepth = 100;

/**
 * Evaluates a template of Go's `text/template`.
 *
 * @throws TemplateError if Go reports an error, or if the template uses something that is not evaluated here ({@link NotEvaluated})
 */
export function evaluate(text: string, data: unknown, options: TemplateOptions): string {
  const template = parse(text, { has: (name) => options.functions.has(name) || own.has(name) }, options.delimiters);
  const dot = fromJson(data);
  return new Evaluation(template.named, options, dot).whole(template.nodes);
}

const own: ReadonlySet<string> = new Set(["and", "or"]);

/** No value was piped in, as opposed to a missing value. */
const nothing = Symbol("nothing");

type Branch = Extract<Node, { pipe: Pipe; body: Node[] }>;

type Jump = "break" | "continue" | undefined;

class Evaluation {
  private readonly parts: string[] = [];
  private size = 0;
  private steps = 0;
  private depth = 0;
  private variables: { name: string; value: GoValue }[];

  constructor(
    private readonly named: ReadonlyMap<string, Node[]>,
    private readonly options: TemplateOptions,
    private readonly data: GoValue,
  ) {
    this.variables = [{ name: "$", value: data }];
  }

  whole(nodes: readonly Node[]): string {
    this.walk(nodes, this.data);
    return this.parts.join("");
  }

  private walk(nodes: readonly Node[], dot: GoValue): Jump {
    for (const node of nodes) {
      if (++this.steps > maxSteps) throw new TemplateError("it takes too many steps");
      const jump = this.node(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  private node(node: Node, dot: GoValue): Jump {
    switch (node.kind) {
      case "text":
        this.print(node.text);
        return undefined;
      case "action": {
        const value = this.pipe(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.print(value === undefined ? noValue : printed(value));
        return undefined;
      }
      case "if":
      case "with":
        return this.scoped(() => {
          const value = this.pipe(node.pipe, dot);
          if (!isTrue(value)) return this.walk(node.otherwise, dot);
          return this.walk(node.body, node.kind === "with" ? value : dot);
        });
      case "range":
        return this.scoped(() => this.range(node, dot));
      case "template":
        return this.template(node.name, node.pipe === undefined ? undefined : this.pipe(node.pipe, dot));
      default:
        return node.kind;
    }
  }

  private template(name: string, dot: GoValue): undefined {
    const nodes = this.named.get(name);
    if (nodes === undefined) throw new TemplateError(`it uses the template ${name}, which is not defined`);
    if (++this.depth > maxDepth) throw new TemplateError(`templates of it call each other ${maxDepth} deep`);
    const { variables } = this;
    this.variables = [{ name: "$", value: dot }];
    this.walk(nodes, dot);
    this.variables = variables;
    this.depth--;
    return undefined;
  }

  private range({ pipe, body, otherwise }: Branch, dot: GoValue): Jump {
    const value = this.pipe({ ...pipe, variables: [] }, dot);
    const { items, mayTakeBoth } = itemsOf(value);
    const names = pipe.variables;
    if (names.length > 1 && !mayTakeBoth)
      throw new TemplateError(`it ranges over ${typeName(value)} with two variables`);
    let count = 0;
    for (const [key, item] of items) {
      count++;
      const jump = this.scoped(() => {
        const values = names.length > 1 ? [key, item] : [item];
        for (const [index, name] of names.entries()) {
          if (pipe.assigns) this.assign(name, values[index]);
          else this.variables.push({ name, value: values[index] });
        }
        return this.walk(body, item);
      });
      if (jump === "break") return undefined;
    }
    return count === 0 ? this.walk(otherwise, dot) : undefined;
  }

  private scoped<Result>(work: () => Result): Result {
    const { length } = this.variables;
    const result = work();
    this.variables.length = length;
    return result;
  }

  private assign(name: string, value: GoValue): void {
    const found = this.variable(name);
    if (found === undefined) throw new TemplateError(`it uses the variable ${name}, which is not defined`);
    found.value = value;
  }

  /** The innermost variable of a name. */
  private variable(name: string): { value: GoValue } | undefined {
    for (let at = this.variables.length - 1; at >= 0; at--)
      if (this.variables[at]?.name === name) return this.variables[at];
    return undefined;
  }

  private print(text: string): void {
    this.size += text.length;
    if (this.size > maxText) throw new TemplateError(`it makes more than ${maxText >> 20} MiB`);
    this.parts.push(text);
  }

  private pipe({ variables, assigns, commands }: Pipe, dot: GoValue): GoValue {
    if (++this.steps > maxSteps) throw new TemplateError("it takes too many steps");
    let value: GoValue | typeof nothing = nothing;
    // A nil value inside has no fields.
    for (const command of commands) value = this.command(command, dot, value) ?? undefined;
    const result = value === nothing ? undefined : value;
    for (const name of variables) {
      if (assigns) this.assign(name, result);
      else this.variables.push({ name, value: result });
    }
    return result;
  }

  private command(operands: readonly Operand[], dot: GoValue, piped: GoValue | typeof nothing): GoValue {
    const [first, ...others] = operands as [Operand, ...Operand[]];
    if (first.kind === "function") return this.call(first.name, others, dot, piped);
    if (others.length > 0 || piped !== nothing)
      throw new TemplateError("it gives arguments to a value that is not a function");
    if (first.kind === "nil") throw new TemplateError("nil is no command");
    return this.operand(first, dot);
  }

  private operand(operand: Operand, dot: GoValue): GoValue {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "constant":
        return operand.value;
      case "field":
        return this.fields(dot, operand.path);
      case "variable":
        return this.fields(this.variable(operand.name)?.value, operand.path);
      case "function":
        return this.call(operand.name, [], dot, nothing);
      case "pipe":
        return this.scoped(() => this.pipe(operand.pipe, dot));
      case "chain":
        return this.fields(this.operand(operand.of, dot), operand.path);
    }
  }

  private fields(value: GoValue, path: readonly string[]): GoValue {
    return path.reduce<GoValue>((at, name) => this.field(at, name), value);
  }

  private field(value: GoValue, name: string): GoValue {
    const { missingKey = "invalid" } = this.options;
    if (value === undefined) {
      if (missingKey === "error") throw new TemplateError(`it uses .${name} of a missing value`);
      return undefined;
    }
    if (value === null) throw new TemplateError(`it uses .${name} of null`);
    if (!(value instanceof Map)) throw new TemplateError(`it uses .${name} of ${typeName(value)}`);
    if (value.has(name)) return value.get(name) ?? null;
    if (missingKey === "error") throw new TemplateError(`it uses .${name}, which does not exist`);
    return missingKey === "zero" ? (value instanceof TextMap ? "" : null) : undefined;
  }

  private call(name: string, operands: readonly Operand[], dot: GoValue, piped: GoValue | typeof nothing): GoValue {
    const given = operands.length + (piped === nothing ? 0 : 1);
    if (own.has(name)) return this.chosen(name, operands, dot, piped);
    const { parameters, rest, run } = this.options.functions.get(name) as GoFunction;
    if (given < parameters.length || (rest === undefined && given > parameters.length))
      throw new TemplateError(`it calls ${name} with ${given} arguments`);
    const wanted = (index: number): Parameter => parameters[index] ?? rest ?? "any";
    const args = operands.map((operand, index) => this.argument(operand, dot, wanted(index), name));
    if (piped !== nothing) args.push(checked(piped, wanted(args.length), name));
    try {
      return run(...args);
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      throw new TemplateError(`${name}: ${(error as Error).message}`);
    }
  }

  private argument(operand: Operand, dot: GoValue, parameter: Parameter, name: string): GoValue {
    const value = this.operand(operand, dot);
    if (operand.kind === "constant" && operand.number === true) {
      // A constant is untyped until it is used.
      if (parameter === "float") return typeof value === "bigint" ? Number(value) : value;
      if (parameter === "int" && typeof value === "number" && Number.isInteger(value)) return BigInt(value);
    }
    // A nil value in a map has type `any`, unlike the constant nil.
    if (parameter === "map" && value === null && operand.kind !== "nil")
      throw new TemplateError(`it passes null to ${name}, which takes a map`);
    return checked(value, parameter, name);
  }

  /** `and` and `or` stop at the first operand that decides. */
  private chosen(name: string, operands: readonly Operand[], dot: GoValue, piped: GoValue | typeof nothing): GoValue {
    if (operands.length === 0 && piped === nothing) throw new TemplateError(`it calls ${name} without arguments`);
    let value: GoValue;
    for (const operand of operands) {
      value = this.operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped === nothing ? value : piped;
  }
}

function checked(value: GoValue, parameter: Parameter, name: string): GoValue {
  // Maps, lists and parameters of type `any` may be nil.
  if (takes(parameter, value)) return value ?? null;
  throw new TemplateError(`it passes ${typeName(value)} to ${name}, which takes ${parameter}`);
}

function itemsOf(value: GoValue): { items: Iterable<[GoValue, GoValue]>; mayTakeBoth: boolean } {
  if (value === undefined || value === null) return { items: [], mayTakeBoth: true };
  if (Array.isArray(value)) return { items: value.map((item, index) => [BigInt(index), item]), mayTakeBoth: true };
  if (value instanceof Map) return { items: sortedKeys(value).map((key) => [key, value.get(key)]), mayTakeBoth: true };
  const whole = integerOf(value);
  if (whole === undefined) throw new TemplateError(`it ranges over ${typeName(value)}`);
  if (whole > maxSteps) throw new TemplateError("it takes too many steps");
  return {
    items: Array.from({ length: Math.max(0, Number(whole)) }, (_, index) => [BigInt(index), BigInt(index)]),
    mayTakeBoth: false,
  };
}
