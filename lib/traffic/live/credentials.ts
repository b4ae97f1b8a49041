import path from "node:path";
import { parse } from "yaml";
import { UserError } from "../../common/user-error";
import { defaultLimits, readText as readFile } from "../../input/files/bounded";

/** How to query Prometheus or Hubble Relay: credentials and trusted certificates. */
export interface Credentials {
  /** Headers of each request, to Relay as gRPC's metadata, such as `authorization` and `x-scope-orgid`. */
  headers: Readonly<Record<string, string>>;
  /** For TLS: certificates in PEM, and the name in the server's certificate if it is not the host's. */
  tls: { ca?: string; cert?: string; key?: string; servername?: string };
}

export const noCredentials: Credentials = { headers: {}, tls: {} };

/** A valid name of an HTTP header. */
const isToken = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Members of a mapping, each read once. Members that are not read are refused, because they would be dropped silently. */
class Members {
  private readonly left: Map<string, unknown>;

  constructor(
    value: unknown,
    private readonly file: string,
    private readonly where: string,
  ) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new UserError(`${file}: ${where} is not a mapping`);
    this.left = new Map(Object.entries(value));
  }

  keys(): string[] {
    return [...this.left.keys()];
  }

  within(name: string): Members | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : new Members(value, this.file, name);
  }

  /** A text, given directly or in a file. */
  text(name: string, nameOfFile = `${name}_file`): string | undefined {
    const value = this.take(name);
    if (typeof value === "string") return value;
    if (value !== undefined) throw new UserError(`${this.file}: ${this.where}: ${name} is not text`);
    const named = this.take(nameOfFile);
    if (named === undefined) return undefined;
    if (typeof named !== "string") throw new UserError(`${this.file}: ${this.where}: ${nameOfFile} is not text`);
    return this.contentOf(named);
  }

  /** The single value of a header, from `values`, `secrets` or `files`. */
  header(): string {
    const given = ["values", "secrets", "files"].flatMap((name) => {
      const list = this.take(name) ?? [];
      return Array.isArray(list) ? list.map((one) => (name === "files" ? this.contentOf(`${one}`) : `${one}`)) : [""];
    });
    const [only] = given;
    if (only === undefined || given.length > 1) throw new UserError(`${this.file}: ${this.where} needs one value`);
    return only;
  }

  /** @throws UserError if a member was not read */
  end(): void {
    const [name] = this.left.keys();
    if (name !== undefined) throw new UserError(`${this.file}: ${this.where}: ${name} is not supported`);
  }

  private take(name: string): unknown {
    const value = this.left.get(name);
    this.left.delete(name);
    return value ?? undefined;
  }

  private contentOf(named: string): string {
    return readText(path.resolve(path.dirname(this.file), named)).trim();
  }
}

/**
 * Reads credentials in the format of Prometheus' `http_config`, which `promtool --http.config.file` takes too: `authorization`, `basic_auth`,
 * `bearer_token`, `http_headers` and `tls_config`.
 *
 * @throws UserError for a file that cannot be read, and for a member that is not supported
 */
export function credentialsIn(file: string): Credentials {
  const members = new Members(parsed(file), file, "the file");
  const headers: Record<string, string> = {};
  const set = (name: string, value: string) => {
    if (!isToken.test(name)) throw new UserError(`${file}: http_headers has what is no name of a header`);
    if (/[\r\n\0]/.test(value)) throw new UserError(`${file}: the header ${name} has more than one line`);
    headers[name.toLowerCase()] = value;
  };
  const bearer = members.text("bearer_token");
  if (bearer !== undefined) set("authorization", `Bearer ${bearer}`);
  const authorization = members.within("authorization");
  if (authorization !== undefined) {
    const type = authorization.text("type") ?? "Bearer";
    set("authorization", `${type} ${authorization.text("credentials") ?? ""}`.trim());
    authorization.end();
  }
  const basic = members.within("basic_auth");
  if (basic !== undefined) {
    set("authorization", basicAuthorization(basic.text("username") ?? "", basic.text("password") ?? ""));
    basic.end();
  }
  const more = members.within("http_headers");
  for (const name of more?.keys() ?? []) {
    const header = more?.within(name);
    if (header !== undefined) set(name, header.header());
    header?.end();
  }
  const tls = members.within("tls_config");
  const [ca, cert, key] = (["ca", "cert", "key"] as const).map((name) => tls?.text(name));
  const servername = tls?.text("server_name");
  tls?.end();
  members.end();
  if ((cert === undefined) !== (key === undefined))
    throw new UserError(`${file}: tls_config: a client certificate needs both cert and key`);
  return {
    headers,
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== undefined && { servername }),
    },
  };
}

export const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

function parsed(file: string): unknown {
  const text = readText(file);
  try {
    // Its warnings quote the line, too.
    return parse(text, { logLevel: "error" }) ?? {};
  } catch {
    // The parser quotes the line, which may be a secret.
    throw new UserError(`${file}: is not YAML`);
  }
}

/** The largest file, in bytes: four times the size of a system's trusted CA certificates. */
const maxFileSize = 1 << 20;

function readText(file: string): string {
  try {
    return readFile(file, { ...defaultLimits, size: maxFileSize });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(`${file}: cannot be read: ${code ?? message}`);
  }
}
