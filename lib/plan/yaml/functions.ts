import { readFileSync } from "node:fs";
import path from "node:path";
import type * as pulumi from "@pulumi/pulumi";

/** The functions of Pulumi's YAML (`fn::join` and the like). */
export class Functions {
  constructor(
    private readonly sdk: typeof pulumi,
    private readonly unknown: unknown,
    private readonly directory: string,
    private readonly evaluated: (value: unknown) => unknown,
  ) {}

  /** @throws Error for an unknown function or invalid arguments */
  call(name: string, argument: unknown): unknown {
    // If the arguments contain outputs of resources, the result is an output.
    const given = this.evaluated(argument);
    switch (name.toLowerCase()) {
      case "secret":
        return this.sdk.secret(given);
      case "join":
        return this.applied(given, ([between, items]) => list(items).join(String(between)));
      case "concat":
        return this.applied(given, (items) => items.map(String).join(""));
      case "split":
        return this.applied(given, ([by, text]) => String(text).split(String(by)));
      case "select":
        return this.applied(given, ([index, items]) => list(items)[Number(index)]);
      case "tojson":
        return this.known(given).apply((value) => JSON.stringify(value));
      case "tobase64":
        return this.known(given).apply((value) => Buffer.from(String(value)).toString("base64"));
      case "frombase64":
        return this.known(given).apply((value) => Buffer.from(String(value), "base64").toString("utf8"));
      case "singleornone":
        return this.applied([given], ([items]) => (list(items).length > 1 ? undefined : list(items)[0]));
      case "readfile":
        return this.known(given).apply((file) => readFileSync(path.resolve(this.directory, String(file)), "utf8"));
      case "stringasset":
        return this.asset(given, (text) => new this.sdk.asset.StringAsset(text));
      case "fileasset":
        return this.asset(given, (file) => new this.sdk.asset.FileAsset(file));
      case "filearchive":
        return this.asset(given, (file) => new this.sdk.asset.FileArchive(file));
      case "remoteasset":
        return this.asset(given, (address) => new this.sdk.asset.RemoteAsset(address));
      case "remotearchive":
        return this.asset(given, (address) => new this.sdk.asset.RemoteArchive(address));
      default:
        // Only the provider knows its function's result.
        if (name.toLowerCase() === "invoke" || name.includes(":")) return this.sdk.output(this.unknown);
        throw new Error(`there is no function fn::${name}`);
    }
  }

  private known(given: unknown): pulumi.Output<unknown> {
    return this.sdk.output<unknown>(given) as pulumi.Output<unknown>;
  }

  private applied(given: unknown, make: (items: unknown[]) => unknown): unknown {
    if (!Array.isArray(given)) throw new Error("a function of it takes a list");
    return this.sdk.output(given as unknown[]).apply((items) => make(items as unknown[]));
  }

  private asset(given: unknown, make: (text: string) => unknown): unknown {
    if (typeof given === "string") return make(given);
    throw new Error("the file or text of an asset has to be known");
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
