import type { HttpMethod, HttpRequestMatch } from "../linkerd/model/route";

/** Requests that one path, and one method or any, takes. */
export interface Requests {
  method?: HttpMethod;
  /** For a prefix without slashes at the end; empty is every path. */
  path: string;
  exact: boolean;
}

/** Requests, and who may send them. */
export interface Allowed<Who> {
  requests: Requests;
  who: readonly Who[];
}

/** Each method of a match on its own. */
export function requestsOf({ methods, path, pathPrefix }: HttpRequestMatch): Requests[] {
  const at = path !== undefined ? { path, exact: true } : { path: trimmed(pathPrefix ?? "/"), exact: false };
  return methods === undefined ? [at] : methods.map((method) => ({ method, ...at }));
}

/** As a route writes them. */
export function matchOf({ method, path, exact }: Requests): HttpRequestMatch {
  return {
    ...(method !== undefined && { methods: [method] }),
    ...(exact ? { path } : { pathPrefix: path === "" ? "/" : path }),
  };
}

/**
 * What each may send, cut so that the route which takes a request admits exactly those who may send it.
 *
 * Linkerd judges a request by one route, that which matches best, and by its authorizations alone. So a client that may GET everything below
 * `/api` has to be admitted, too, by another's route for `/api/orders`, and where two routes share requests that neither has alone, these need
 * a route of their own.
 */
export function partition<Who>(allowed: readonly Allowed<Who>[]): Allowed<Who>[] {
  const atoms = new Map<string, Requests>();
  const add = (requests: Requests) =>
    atoms.set(JSON.stringify([requests.method, requests.path, requests.exact]), requests);
  for (const { requests } of allowed) add(requests);
  // What two share is shared by a third only through one of the two, so that one round finds everything.
  const given = [...atoms.values()];
  for (const left of given)
    for (const right of given) {
      const both = shared(left, right);
      if (both !== undefined) add(both);
    }
  return [...atoms.values()].map((requests) => ({
    requests,
    who: [...new Set(allowed.flatMap((one) => (covers(one.requests, requests) ? one.who : [])))],
  }));
}

/** An exact path and a prefix that match one request equally well: which of them Linkerd takes, the order of creation decides. */
export function tied<Who>(atoms: readonly Allowed<Who>[]): [Allowed<Who>, Allowed<Who>] | undefined {
  for (const one of atoms) {
    if (!one.requests.exact) continue;
    const written = one.requests.path === "/" ? "" : one.requests.path;
    const other = atoms.find(
      ({ requests }) => !requests.exact && requests.path === written && requests.method === one.requests.method,
    );
    if (other !== undefined && !sameMembers(one.who, other.who)) return [one, other];
  }
  return undefined;
}

/** Whether two lists have the same members. */
export function sameMembers<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((member) => right.includes(member));
}

/** The requests that both take; undefined if there are none. */
function shared(left: Requests, right: Requests): Requests | undefined {
  if (left.method !== undefined && right.method !== undefined && left.method !== right.method) return undefined;
  const inner = pathCovers(left, right) ? right : pathCovers(right, left) ? left : undefined;
  if (inner === undefined) return undefined;
  const method = left.method ?? right.method;
  return { ...(method !== undefined && { method }), path: inner.path, exact: inner.exact };
}

function covers(wide: Requests, narrow: Requests): boolean {
  return (wide.method === undefined || wide.method === narrow.method) && pathCovers(wide, narrow);
}

function pathCovers(wide: Requests, narrow: Requests): boolean {
  if (wide.exact) return narrow.exact && wide.path === narrow.path;
  const path = trimmed(narrow.path);
  return path === wide.path || path.startsWith(`${wide.path}/`);
}

const trimmed = (path: string): string => path.replace(/\/+$/, "");
