import { DecodeError, type Decoder, integer, optional, string, word } from "./decode";
import { type DefaultPolicy, parseDefaultPolicy } from "./default-policy";
import { apiVersionOf, type Metadata, metadataOf, type RawObject, specOf } from "./object";
import { type Selector, selector } from "./selector";

/** The protocol that the proxy expects on a port. */
export type ProxyProtocol = "detect" | "http1" | "http2" | "grpc" | "opaque" | "tls";

/** A port of pods or of external workloads, by number or name. */
export interface Server extends Metadata {
  selects: "pods" | "external-workloads";
  selector: Selector;
  port: number | string;
  protocol: ProxyProtocol;
  /** `accessPolicy` as written. Default: `deny`. */
  accessPolicyText?: string;
  /** The policy for clients that no authorization admits. Absent if the value is invalid. */
  accessPolicy?: DefaultPolicy;
}

const PROTOCOLS = {
  unknown: "detect",
  "HTTP/1": "http1",
  "HTTP/2": "http2",
  gRPC: "grpc",
  opaque: "opaque",
  TLS: "tls",
} as const;

const protocol = optional(word(...(Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[])));
const portNumber = integer(1, 65535);

/** A number or a name. A number in quotes is a name. */
const port: Decoder<number | string> = (value, path) => (typeof value === "string" ? value : portNumber(value, path));

export function decodeServer(raw: RawObject): Server {
  const spec = specOf(raw);
  const selection = selectionOf(spec);
  const written = protocol(spec.proxyProtocol, "spec.proxyProtocol");
  // Versions before v1beta3 lack the field, so that the API server drops it.
  const hasAccessPolicy = apiVersionOf(raw) === "v1beta3";
  const text = hasAccessPolicy ? optional(string)(spec.accessPolicy, "spec.accessPolicy") : undefined;
  const accessPolicy = text === undefined ? "deny" : parseDefaultPolicy(text);
  return {
    ...metadataOf(raw),
    ...selection,
    port: port(spec.port, "spec.port"),
    protocol: written === undefined ? "detect" : PROTOCOLS[written],
    ...(text === undefined ? {} : { accessPolicyText: text }),
    ...(accessPolicy === undefined ? {} : { accessPolicy }),
  };
}

function selectionOf(spec: Readonly<Record<string, unknown>>): Pick<Server, "selects" | "selector"> {
  const { podSelector, externalWorkloadSelector } = spec;
  if (podSelector !== undefined && podSelector !== null) {
    return { selects: "pods", selector: selector(podSelector, "spec.podSelector") };
  }
  if (externalWorkloadSelector !== undefined && externalWorkloadSelector !== null) {
    return {
      selects: "external-workloads",
      selector: selector(externalWorkloadSelector, "spec.externalWorkloadSelector"),
    };
  }
  throw new DecodeError("spec", "has neither podSelector nor externalWorkloadSelector");
}
