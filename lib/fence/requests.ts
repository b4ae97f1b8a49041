import type { HttpMethod, HttpRequestMatch } from "../linkerd/model/route";

/** The requests that match one path or path prefix, and one method. */
export interface Requests {
  /** Absent: any. */
  method?: HttpMethod;
  /** A prefix has no trailing slash; an empty one matches every path. */
  path: string;
  exact: boolean;
}

/** Requests and their callers. */
export interface Allowed<Who> {
  requests: Requests;
  who: readonly Who[];
}

/** Splits a match by method. */
export function requestsOf({ methods, path, pathPrefix }: HttpRequestMatch): Requests[] {
  const at = path !== undefined ? { path, exact: true } : { path: trimmed(pathPrefix ?? "/"), exact: false };
  return methods === undefined ? [at] : methods.map((method) => ({ method, ...at }));
}

/** The inverse of {@link requestsOf}, for one route. */
export function matchOf({ method, path, exact }: Requests): HttpRequestMatch {
  return {
    ...(method !== undefined && { methods: [method] }),
    ...(exact ? { path } : { pathPrefix: path === "" ? "/" : path }),
  };
}

/**
 * Partitions the requests such that the route for each part can admit exactly its callers.
 *
 * Linkerd evaluates only the authorizations of the one route that matches a request best. So a route for `/api/orders` also has to admit the clients
 * that may GET everything below `/api`; and if two routes overlap in requests that are neither's own, those need a separate route.
 */
export function partition<Who>(allowed: readonly Allowed<Who>[]): Allowed<Who>[] {
  const atoms = new Map<string, Requests>();
  const add = (requests: Requests) =>
    atoms.set(JSON.stringify([requests.method, requests.path, requests.exact]), requests);
  for (const { requests } of allowed) add(requests);
  // One round is enough: the intersection of three is always the intersection of two of them.
  const given = [...atoms.values()];
  for (const left of given)
    for (const right of given) {
      const both = intersection(left, right);
      if (both !== undefined) add(both);
    }
  return [...atoms.values()].map((requests) => ({
    requests,
    who: [...new Set(allowed.flatMap((one) => (covers(one.requests, requests) ? one.who : [])))],
  }));
}

/** An exact path and a prefix that match the same request equally well, so that the order of creation would decide between them. */
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

/** The requests that match both; undefined if there are none. */
function intersection(left: Requests, right: Requests): Requests | undefined {
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
