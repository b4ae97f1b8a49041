import { argoFunctions } from "../../go-template/argo-functions";
import { evaluate, type MissingKey } from "../../go-template/evaluate";
import { type GoMap, NotEvaluated, TemplateError } from "../../go-template/values";
import { isRecord } from "../../manifests/shape";
import { goYaml } from "../objects/go-yaml";

/** What a generator gives a template. Without Go's templates these are texts by their whole paths (`path.basename`). */
export type Parameters = GoMap;

let functions: ReturnType<typeof argoFunctions> | undefined;

/** How an ApplicationSet fills in its templates. */
export class Templating {
  constructor(
    /** As Go's templates (`goTemplate`), and not by name alone. */
    readonly inGo: boolean,
    private readonly missingKey: MissingKey,
  ) {}

  /** @throws TemplateError for options that Go does not know */
  static of(spec: { goTemplate?: unknown; goTemplateOptions?: unknown }): Templating {
    const options = Array.isArray(spec.goTemplateOptions) ? spec.goTemplateOptions.map(String) : [];
    let missingKey: MissingKey = "invalid";
    for (const option of options) {
      const [, value] = /^missingkey=(default|invalid|zero|error)$/.exec(option) ?? [];
      if (value === undefined) throw new NotEvaluated(`its option ${option} is none of Go's`);
      missingKey = value === "default" ? "invalid" : (value as MissingKey);
    }
    return new Templating(spec.goTemplate === true, missingKey);
  }

  /** @throws TemplateError where Argo CD gives an error, or what it makes is not known here */
  text(written: string, parameters: Parameters, missingKey = this.missingKey): string {
    if (!this.inGo) return named(written, parameters);
    if (!written.includes("{{")) return written;
    functions ??= argoFunctions(goYaml);
    return evaluate(written, parameters, { functions, missingKey });
  }

  /** Every text in a value, and every key. */
  filled(template: unknown, parameters: Parameters): unknown {
    // Argo CD leaves a template as it is where there is nothing to fill in.
    return parameters.size === 0 ? template : this.walk(template, parameters);
  }

  private walk(value: unknown, parameters: Parameters): unknown {
    if (typeof value === "string") return this.text(value, parameters);
    if (Array.isArray(value)) return value.map((item) => this.walk(item, parameters));
    if (!isRecord(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, member]) => [this.text(key, parameters), this.walk(member, parameters)]),
    );
  }

  /** The second generator of a matrix with the parameters of the first. What its own `values` ask of itself stays. */
  generator(generator: unknown, parameters: Parameters): unknown {
    if (parameters.size === 0) return generator;
    if (Array.isArray(generator)) return generator.map((one) => this.generator(one, parameters));
    if (!isRecord(generator)) return this.walk(generator, parameters);
    const entries = Object.entries(generator).map(([key, value]): [string, unknown] => {
      if (key === "generators" || isGenerator(key)) return [key, this.generator(value, parameters)];
      if (key === "values" && isRecord(value)) return [key, this.ownValues(value, parameters)];
      return [key, key === "selector" && isAround(generator) ? value : this.walk(value, parameters)];
    });
    return Object.fromEntries(entries);
  }

  private ownValues(values: Record<string, unknown>, parameters: Parameters): Record<string, unknown> {
    const filled = Object.entries(values).map(([key, value]): [string, unknown] => {
      if (typeof value !== "string") return [key, value];
      try {
        return [key, this.text(value, parameters, "error")];
      } catch (error) {
        if (!(error instanceof TemplateError) || error instanceof NotEvaluated) throw error;
        return [key, value];
      }
    });
    return Object.fromEntries(filled);
  }
}

const isGenerator = (key: string) =>
  /^(list|git|clusters|matrix|merge|scmProvider|pullRequest|plugin|clusterDecisionResource)$/.test(key);

/** Whether it is a generator with its kind in it: the selector beside that is not filled in. */
const isAround = (generator: Record<string, unknown>) => Object.keys(generator).some(isGenerator);

/** `{{name}}`, where there is such a parameter. What else stands in braces stays. */
function named(written: string, parameters: Parameters): string {
  if (!/\{\{.*\}\}/.test(written)) return written;
  if (written.lastIndexOf("{{") > written.lastIndexOf("}}")) throw new TemplateError("a tag in it does not end");
  return written.replaceAll(/\{\{(.*?)\}\}/gs, (whole, tag: string) => {
    const value = parameters.get(tag.trim());
    return typeof value === "string" ? value : whole;
  });
}

/** A patch as the API's library merges it into an object: null takes away, mappings are merged, all else is replaced. */
export function patched(object: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const { $patch: how, ...members } = patch;
  const before = how === "replace" || !isRecord(object) ? {} : object;
  if (how !== undefined && how !== "replace" && how !== "merge") throw new NotEvaluated(`it patches by ${String(how)}`);
  if (Object.keys(members).some((key) => key.startsWith("$"))) throw new NotEvaluated("it patches by a directive");
  const result: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(members)) {
    if (value === null) delete result[key];
    else
      Object.defineProperty(result, key, {
        value: patched(result[key], value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return result;
}
