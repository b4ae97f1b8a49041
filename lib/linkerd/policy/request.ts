/** What a client sends: an HTTP request, or with `tcp` a connection that is not HTTP. */
export type Request =
  | { protocol: "tcp" }
  | {
      /** `grpc` is HTTP/2 with gRPC's content type; decisions then have a gRPC status. */
      protocol: "http1" | "http2" | "grpc";
      method: string;
      /** `Host` or `:authority`, with or without a port. */
      host?: string;
      /** With the query, if any. */
      path: string;
      /** Several values of one header are several entries. */
      headers?: readonly (readonly [name: string, value: string])[];
    };

export type HttpRequest = Exclude<Request, { protocol: "tcp" }>;

/** A parsed HTTP request, for matching against routes. */
export interface RequestParts {
  method: string;
  /** Without user and port. Absent if the request has no host. */
  host?: string;
  authority?: string;
  path: string;
  query?: string;
  headers: ReadonlyMap<string, readonly string[]>;
}

export function requestParts({ method, host, path: target, headers }: HttpRequest): RequestParts {
  const whole = target.split("#", 1)[0] ?? "";
  const mark = whole.indexOf("?");
  const path = mark < 0 ? whole : whole.slice(0, mark);
  const values = new Map<string, string[]>();
  for (const [name, value] of headers ?? []) {
    const key = name.toLowerCase();
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  return {
    method,
    ...(host === undefined || host === "" ? {} : { authority: host, host: hostOf(host) }),
    path: path === "" ? "/" : path,
    ...(mark < 0 ? {} : { query: whole.slice(mark + 1) }),
    headers: values,
  };
}

function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host.startsWith("[")) return host.slice(0, host.indexOf("]") + 1);
  const colon = host.indexOf(":");
  return colon < 0 ? host : host.slice(0, colon);
}
