import { type Fields, messageIn, messagesIn, numberIn, textIn, textsIn } from "../../common/protobuf";
import { type GrpcTexts, grpcWords, type HttpTexts, hostWords, httpWords } from "./view";

// The numbers are those of linkerd2-proxy-api 0.20 (proto/http_route.proto, grpc_route.proto, http_types.proto).

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "HEAD", "TRACE"];

/** The hosts and the matches of a route. */
export function matchesIn(route: Fields, isGrpc: boolean): string[] {
  const matches = messagesIn(route, 4).flatMap((rule) => messagesIn(rule, 1));
  return [
    ...messagesIn(route, 2).map(hostIn),
    ...matches.map((match) => (isGrpc ? grpcWords(grpcIn(match)) : httpWords(httpIn(match)))),
  ];
}

function hostIn(host: Fields): string {
  const suffix = messageIn(host, 2);
  return hostWords(suffix === undefined ? { exact: textIn(host, 1) } : { suffix: textsIn(suffix, 1) });
}

function httpIn(match: Fields): HttpTexts {
  const path = messageIn(match, 1);
  const method = messageIn(match, 4);
  return {
    path: path === undefined ? { prefix: "/" } : pathIn(path),
    headers: messagesIn(match, 2).map(namedIn),
    query: messagesIn(match, 3).map(namedIn),
    ...(method !== undefined && { method: method.has(2) ? textIn(method, 2) : (METHODS[numberIn(method, 1)] ?? "") }),
  };
}

function pathIn(path: Fields): HttpTexts["path"] {
  if (path.has(3)) return { regex: { pattern: textIn(path, 3) } };
  return path.has(2) ? { prefix: textIn(path, 2) } : { exact: textIn(path, 1) };
}

const namedIn = (match: Fields) => ({
  name: textIn(match, 1),
  value: match.has(3) ? { regex: { pattern: textIn(match, 3) } } : { exact: textIn(match, 2) },
});

function grpcIn(match: Fields): GrpcTexts {
  const rpc = messageIn(match, 1);
  const headers = messagesIn(match, 2).map(namedIn);
  if (rpc === undefined) return { headers };
  const [service, method] = [textIn(rpc, 1), textIn(rpc, 2)];
  return { headers, rpc: { ...(service !== "" && { service }), ...(method !== "" && { method }) } };
}
