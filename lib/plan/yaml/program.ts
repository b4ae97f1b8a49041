import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { isRecord } from "../../input/manifests/shape";
import { readYaml } from "../../input/manifests/yaml";
import type { SourcePosition } from "../../pulumi-engine";
import { isObject, namesIn } from "../kubernetes/read-object";
import { Functions } from "./functions";
import { type Access, partsOf } from "./interpolation";
import { constantsOf, isComponent, typeOf } from "./resource-types";

type Pulumi = typeof pulumi;

/** The environment of a YAML program. */
export interface YamlContext {
  readonly sdk: Pulumi;
  /** The SDK's marker for a value that is not known yet. */
  readonly unknown: unknown;
  readonly project: string;
  readonly stack: string;
  readonly root: string;
  readonly directory: string;
  /** Configuration by full key, as text. */
  readonly config: { readonly [key: string]: string };
  readonly secretKeys: readonly string[];
  /** Called with the place of each resource. */
  at(type: string, name: string, place: SourcePosition): void;
}

/**
 * Runs a program in Pulumi's YAML like `pulumi-language-yaml`, but without the packages' schemas, so that what a provider would fill in is unknown.
 *
 * @returns The stack's outputs.
 * @throws Error if the program is invalid
 */
export function runYamlProgram(file: string, context: YamlContext): Record<string, unknown> {
  const { documents, problems } = readYaml(readFileSync(file, "utf8"), file);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${file}:${problem.line ?? 1}: ${problem.message}`);
  const [document] = documents;
  const value = document?.value;
  if (!isRecord(value)) throw new Error(`${file} is no program`);
  const lineOf = (...at: string[]): Partial<SourcePosition> => document?.position(at) ?? {};
  return new Program(value, file, lineOf, context).run();
}

type Resource = pulumi.Resource & { readonly [property: string]: unknown };

/** Not abstract, unlike the SDK's class, since YAML resources have no classes of their own. */
type CustomResource = new (
  type: string,
  name: string,
  inputs: Record<string, unknown>,
  options: pulumi.CustomResourceOptions,
) => pulumi.Resource;

class Program {
  private readonly values = new Map<string, unknown>();
  private readonly under = new Set<string>();
  private readonly functions: Functions;

  constructor(
    private readonly program: Record<string, unknown>,
    private readonly file: string,
    private readonly lineOf: (...at: string[]) => Partial<SourcePosition>,
    private readonly context: YamlContext,
  ) {
    this.functions = new Functions(context.sdk, context.unknown, context.directory, (value) => this.evaluated(value));
  }

  run(): Record<string, unknown> {
    for (const name of Object.keys(this.section("resources"))) this.named(name);
    const outputs = Object.entries(this.section("outputs"));
    return Object.fromEntries(outputs.map(([name, value]) => [name, this.evaluated(value)]));
  }

  private section(name: string): Record<string, unknown> {
    const value = this.program[name];
    return isRecord(value) ? value : {};
  }

  /** The value of a name: evaluated once, at first use. */
  private named(name: string): unknown {
    if (this.values.has(name)) return this.values.get(name);
    if (this.under.has(name)) throw new Error(`${this.file}: ${name} depends on itself`);
    this.under.add(name);
    const value = this.made(name);
    this.under.delete(name);
    this.values.set(name, value);
    return value;
  }

  private made(name: string): unknown {
    const { project, stack, root, directory, sdk } = this.context;
    if (name === "pulumi") {
      return { cwd: directory, rootDirectory: root, project, stack, organization: sdk.getOrganization() };
    }
    const [resource, variable] = [this.section("resources")[name], this.section("variables")[name]];
    if (isRecord(resource)) return this.resource(name, resource);
    if (Object.hasOwn(this.section("variables"), name)) return this.evaluated(variable);
    return this.configured(name);
  }

  private configured(name: string): unknown {
    const declared = this.section("config")[name] ?? this.section("configuration")[name];
    const key = name.includes(":") ? name : `${this.context.project}:${name}`;
    const text = this.context.config[key];
    if (text === undefined) {
      if (declared === undefined) throw new Error(`${this.file}: nothing is called ${name}`);
      throw new Error(`the configuration ${key} is not set; give it with --config ${name}=VALUE`);
    }
    const type = isRecord(declared) ? String(declared.type ?? typeof declared.default) : typeof declared;
    const value = /^(string|undefined|object)$/i.test(type) && !/^object$/.test(type) ? text : parsed(text, type);
    return this.context.secretKeys.includes(key) ? this.context.sdk.secret(value) : value;
  }

  /** A value with references resolved. It may contain outputs of resources anywhere. */
  evaluated(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.evaluated(item));
    if (!isRecord(value)) return value;
    const [[key, argument] = ["", undefined], ...others] = Object.entries(value);
    if (/^fn::/i.test(key) && others.length === 0) return this.functions.call(key.slice(4), argument);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.evaluated(member)]));
  }

  private text(text: string): unknown {
    if (!text.includes("$")) return text;
    const parts = partsOf(text).map((part) => (typeof part === "string" ? part : this.accessed(part)));
    const [only] = parts;
    if (parts.length === 1) return only;
    if (parts.every((part) => !this.context.sdk.Output.isInstance(part))) return parts.map(String).join("");
    return this.context.sdk.all(parts).apply((all) => all.map(String).join(""));
  }

  private accessed({ name, members }: Access): unknown {
    const { sdk } = this.context;
    const value = this.named(name);
    if (!sdk.Resource.isInstance(value)) return this.member(value, members, `\${${name}}`);
    const [first, ...rest] = members;
    if (first === undefined) return value;
    const property = (value as Resource)[first];
    // Outputs that only a provider knows.
    if (property === undefined) return value.urn.apply(() => this.context.unknown);
    return sdk.output(property).apply((known) => at(known, rest) ?? this.context.unknown);
  }

  private member(value: unknown, members: readonly (string | number)[], name: string): unknown {
    const { sdk } = this.context;
    if (members.length === 0) return value;
    if (sdk.Output.isInstance(value)) return value.apply((known) => at(known, members) ?? this.context.unknown);
    const [first = "", ...rest] = members;
    if (typeof value !== "object" || value === null || !(first in value))
      throw new Error(`${this.file}: ${name} has no member ${first}`);
    return this.member((value as Record<string, unknown>)[first], rest, `${name}.${first}`);
  }

  private resource(key: string, written: Record<string, unknown>): unknown {
    const { sdk } = this.context;
    const { type, properties, options, get, name = key } = written;
    if (typeof type !== "string") throw new Error(`${this.file}: resource ${key} has no type`);
    if (get !== undefined) return this.taken(type, get);
    if (type === "pulumi:pulumi:StackReference") return sdk.output(this.context.unknown);
    const given = this.evaluated(properties ?? {});
    if (!isRecord(given)) throw new Error(`${this.file}: the properties of ${key} are no mapping`);
    const token = typeOf(type, given);
    const packages = new Set(Object.keys(this.section("packages")));
    const inputs = { ...constantsOf(token), ...given };
    const chosen = this.options(isRecord(options) ? options : {}, token);
    const { line = 1, column = 1 } = this.lineOf("resources", key);
    this.context.at(token, String(name), { file: this.file, line, column });
    if (isComponent(token, packages)) return new sdk.ComponentResource(token, String(name), inputs, chosen, true);
    const [, provider] = /^pulumi:providers:(.+)$/.exec(token) ?? [];
    return provider === undefined
      ? new (sdk.CustomResource as unknown as CustomResource)(token, String(name), inputs, chosen)
      : new (sdk.ProviderResource as unknown as CustomResource)(provider, String(name), inputs, chosen);
  }

  /** Reads an existing resource. For a Kubernetes object, its name is known from the id. */
  private taken(type: string, get: unknown): unknown {
    const { sdk, unknown } = this.context;
    const { id } = isRecord(get) ? get : {};
    const known = sdk.output<unknown>(this.evaluated(id)) as pulumi.Output<unknown>;
    return isObject(type)
      ? known.apply((text) => (typeof text === "string" ? { id: text, metadata: namesIn(text) } : unknown))
      : sdk.output(unknown);
  }

  private options(options: Record<string, unknown>, token: string): pulumi.CustomResourceOptions {
    const { provider, providers, parent, dependsOn, protect } = options;
    const own = provider === undefined ? this.defaultProvider(token) : this.evaluated(provider);
    return {
      ...(own !== undefined && { provider: own as pulumi.ProviderResource }),
      ...(providers !== undefined && { providers: this.evaluated(providers) as pulumi.ProviderResource[] }),
      ...(parent !== undefined && { parent: this.evaluated(parent) as pulumi.Resource }),
      ...(dependsOn !== undefined && { dependsOn: [this.evaluated(dependsOn)].flat() as pulumi.Resource[] }),
      ...(protect === true && { protect: true }),
    };
  }

  private defaultProvider(token: string): unknown {
    const own = `pulumi:providers:${token.split(":")[0]}`;
    const found = Object.entries(this.section("resources")).find(
      ([, one]) => isRecord(one) && one.defaultProvider === true && one.type === own,
    );
    return found === undefined || this.under.has(found[0]) ? undefined : this.named(found[0]);
  }
}

function at(value: unknown, members: readonly (string | number)[]): unknown {
  return members.reduce<unknown>(
    (here, member) =>
      typeof here === "object" && here !== null ? (here as Record<string, unknown>)[member] : undefined,
    value,
  );
}

function parsed(text: string, type: string): unknown {
  if (/^(integer|int|number)$/i.test(type)) return Number(text);
  if (/^boolean$/i.test(type)) return text === "true";
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
