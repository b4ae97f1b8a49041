import { argoFunctions } from "../../go-template/argo-functions";
import { evaluate, type MissingKey } from "../../go-template/evaluate";
import { type GoMap, NotEvaluated, TemplateError } from "../../go-template/values";
import { isRecord } from "../../manifests/shape";
import { goYaml } from "../objects/go-yaml";

/** What a generator provides to a template. Without Go templates: strings by their full paths (`path.basename`). */
export type Parameters = GoMap;

let functions: ReturnType<typeof argoFunctions> | undefined;

/** Evaluates the templates of an ApplicationSet. */
export class Templating {
  constructor(
    /** Whether templates are Go templates (`goTemplate`). Otherwise only `{{name}}` is replaced. */
    readonly usesGo: boolean,
    private readonly missingKey: MissingKey,
  ) {}

  /** @throws TemplateError for `goTemplateOptions` that Go does not have */
  static of(spec: { goTemplate?: unknown; goTemplateOptions?: unknown }): Templating {
    const options = Array.isArray(spec.goTemplateOptions) ? spec.goTemplateOptions.map(String) : [];
    let missingKey: MissingKey = "invalid";
    for (const option of options) {
      const [, value] = /^missingkey=(default|invalid|zero|error)$/.exec(option) ?? [];
      if (value === undefined) throw new NotEvaluated(`its option ${option} is not one of Go's templates`);
      missingKey = value === "default" ? "invalid" : (value as MissingKey);
    }
    return new Templating(spec.goTemplate === true, missingKey);
  }

  /**
   * Evaluates a text.
   *
   * @throws TemplateError if Argo CD reports an error, or if the result is unknown here
   */
  text(written: string, parameters: Parameters, missingKey = this.missingKey): string {
    if (!this.usesGo) return fillTags(written, parameters);
    if (!written.includes("{{")) return written;
    functions ??= argoFunctions(goYaml);
    return evaluate(written, parameters, { functions, missingKey });
  }

  /** Evaluates every text in a value, and every key. */
  filled(template: unknown, parameters: Parameters): unknown {
    // Without parameters, Argo CD does not evaluate a template at all.
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

  /**
   * Evaluates the second generator of a matrix with the parameters of the first. Its `values` may also use its own parameters: those templates stay
   * for later.
   */
  generator(generator: unknown, parameters: Parameters): unknown {
    if (parameters.size === 0) return generator;
    if (Array.isArray(generator)) return generator.map((one) => this.generator(one, parameters));
    if (!isRecord(generator)) return this.walk(generator, parameters);
    const entries = Object.entries(generator).map(([key, value]): [string, unknown] => {
      if (key === "generators" || isGenerator(key)) return [key, this.generator(value, parameters)];
      if (key === "values" && isRecord(value)) return [key, this.generatorValues(value, parameters)];
      return [key, key === "selector" && wrapsGenerator(generator) ? value : this.walk(value, parameters)];
    });
    return Object.fromEntries(entries);
  }

  private generatorValues(values: Record<string, unknown>, parameters: Parameters): Record<string, unknown> {
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

/** Whether this mapping holds a generator by its kind. Argo CD does not evaluate a selector beside it. */
const wrapsGenerator = (generator: Record<string, unknown>) => Object.keys(generator).some(isGenerator);

/** Replaces `{{name}}` if there is such a parameter. Any other text in braces stays. */
function fillTags(written: string, parameters: Parameters): string {
  if (!/\{\{.*\}\}/.test(written)) return written;
  if (written.lastIndexOf("{{") > written.lastIndexOf("}}")) throw new TemplateError("a tag in it is not closed");
  return written.replaceAll(/\{\{(.*?)\}\}/gs, (whole, tag: string) => {
    const value = parameters.get(tag.trim());
    return typeof value === "string" ? value : whole;
  });
}

/** A strategic merge patch without directives: null removes, mappings are merged, everything else is replaced. */
export function mergePatch(object: unknown, patch: unknown): unknown {
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
        value: mergePatch(result[key], value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return result;
}
