import {
  type Decoded,
  DecodeError,
  type Decoder,
  defaulted,
  integer,
  list,
  object,
  optional,
  string,
  word,
} from "./decode";

const header = object({ name: string, value: string });
const headerModifier = object({
  set: defaulted(list(header), []),
  add: defaulted(list(header), []),
  remove: defaulted(list(string), []),
});

export type HeaderModifier = Decoded<typeof headerModifier>;

const redirect = object({
  scheme: optional(word("http", "https")),
  hostname: optional(string),
  path: optional(object({ replaceFullPath: optional(string), replacePrefixMatch: optional(string) })),
  port: optional(integer(-0x8000_0000, 0x7fff_ffff)),
  statusCode: defaulted(integer(0, 0x7fff_ffff), 302),
});

export type Redirect = Decoded<typeof redirect>;

/** What happens to a request that a rule matches. `unsupported` is a filter that Linkerd's policy controller does not know. */
export type RouteFilter =
  | { kind: "request-headers"; modifier: HeaderModifier }
  | { kind: "response-headers"; modifier: HeaderModifier }
  | { kind: "redirect"; redirect: Redirect }
  | { kind: "unsupported"; type: string };

const anything: Decoder<unknown> = (value) => value;

const ofGateway = object({
  type: word(
    "RequestHeaderModifier",
    "ResponseHeaderModifier",
    "RequestMirror",
    "RequestRedirect",
    "URLRewrite",
    "ExtensionRef",
  ),
  requestHeaderModifier: optional(headerModifier),
  responseHeaderModifier: optional(headerModifier),
  requestRedirect: optional(redirect),
  requestMirror: optional(anything),
  urlRewrite: optional(anything),
  extensionRef: optional(anything),
});

/** A filter of a Gateway API HTTPRoute. The field that is present decides, not the type. */
export const gatewayFilter: Decoder<RouteFilter> = (value, path) => {
  const filter = ofGateway(value, path);
  if (filter.requestHeaderModifier !== undefined) {
    return { kind: "request-headers", modifier: filter.requestHeaderModifier };
  }
  if (filter.responseHeaderModifier !== undefined) {
    return { kind: "response-headers", modifier: filter.responseHeaderModifier };
  }
  if (filter.requestRedirect !== undefined) return { kind: "redirect", redirect: filter.requestRedirect };
  return { kind: "unsupported", type: filter.type };
};

const ofGrpc = object({
  type: word("RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"),
  requestHeaderModifier: optional(headerModifier),
  responseHeaderModifier: optional(headerModifier),
});

export const grpcFilter: Decoder<RouteFilter> = (value, path) => {
  const filter = ofGrpc(value, path);
  if (filter.requestHeaderModifier !== undefined) {
    return { kind: "request-headers", modifier: filter.requestHeaderModifier };
  }
  if (filter.responseHeaderModifier !== undefined) {
    return { kind: "response-headers", modifier: filter.responseHeaderModifier };
  }
  return { kind: "unsupported", type: filter.type };
};

const ofPolicy = object({
  type: word("RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"),
  requestHeaderModifier: anything,
  responseHeaderModifier: anything,
  requestRedirect: anything,
});

/** A filter of Linkerd's own HTTPRoute. The type decides, and its field must be present. */
export const policyFilter: Decoder<RouteFilter> = (value, path) => {
  const filter = ofPolicy(value, path);
  const required = <T>(decoder: Decoder<T>, field: unknown, name: string): T => {
    if (field === undefined || field === null) throw new DecodeError(`${path}.${name}`, "is missing");
    return decoder(field, `${path}.${name}`);
  };
  switch (filter.type) {
    case "RequestHeaderModifier": {
      const modifier = required(headerModifier, filter.requestHeaderModifier, "requestHeaderModifier");
      return { kind: "request-headers", modifier };
    }
    case "ResponseHeaderModifier": {
      const modifier = required(headerModifier, filter.responseHeaderModifier, "responseHeaderModifier");
      return { kind: "response-headers", modifier };
    }
    case "RequestRedirect":
      return { kind: "redirect", redirect: required(redirect, filter.requestRedirect, "requestRedirect") };
  }
};
