import { type Fields, messageIn, messagesIn, numberIn, textIn, textsIn } from "../../common/protobuf";
import {
  failureWords,
  filteredWords,
  type GrpcTexts,
  grpcWords,
  type HttpTexts,
  hostWords,
  httpWords,
  modifierWords,
  type RedirectTexts,
  redirectWords,
} from "./view";

// Field numbers are from linkerd2-proxy-api 0.20 (proto/http_route.proto, grpc_route.proto, http_types.proto).

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "HEAD", "TRACE"];

/** The hosts and matches of a route, in the words of {@link RouteView.requests}. */
export function matchesIn(route: Fields, isGrpc: boolean): string[] {
  const rules = messagesIn(route, 4).flatMap((rule) => {
    const matches = messagesIn(rule, 1).map((match) => (isGrpc ? grpcWords(grpcIn(match)) : httpWords(httpIn(match))));
    return filteredWords(
      matches,
      messagesIn(rule, 2).map((filter) => filterIn(filter, isGrpc)),
    );
  });
  return [...messagesIn(route, 2).map(hostIn), ...rules];
}

function filterIn(filter: Fields, isGrpc: boolean): string {
  const failure = messageIn(filter, 1);
  if (failure !== undefined) return failureWords(numberIn(failure, 1));
  const modifier = messageIn(filter, 2);
  if (modifier !== undefined)
    return modifierWords({ add: headersIn(modifier, 1), set: headersIn(modifier, 2), remove: textsIn(modifier, 3) });
  const redirect = isGrpc ? undefined : messageIn(filter, 3);
  return redirect === undefined ? "an unknown filter" : redirectWords(redirectIn(redirect));
}

const headersIn = (modifier: Fields, number: number) =>
  messagesIn(messageIn(modifier, number) ?? new Map(), 1).map((header) => ({
    name: textIn(header, 1),
    value: textIn(header, 2),
  }));

function redirectIn(redirect: Fields): RedirectTexts {
  const [scheme, path, port] = [messageIn(redirect, 1), messageIn(redirect, 3), numberIn(redirect, 4)];
  return {
    ...(scheme !== undefined && { scheme: numberIn(scheme, 1) === 1 ? "https" : "http" }),
    hostname: textIn(redirect, 2),
    ...(path !== undefined && { path: { isWhole: path.has(1), value: textIn(path, path.has(1) ? 1 : 2) } }),
    ...(port !== 0 && { port }),
    statusCode: numberIn(redirect, 5),
  };
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
