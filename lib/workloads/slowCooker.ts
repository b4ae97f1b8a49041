import type { EndpointFacts } from "../reachability/scenario";

/** What is fixed about the load generator, as plain data. */
export const slowCooker = {
  /** The tutorial's name: `linkerd viz tap deployment/client`, `app=client`. */
  name: "client",
  labels: { app: "client" },
  image: "buoyantio/slow_cooker",
  ports: {
    /** slow_cooker serves metrics only when asked to; 9999 is the port of the tutorial and of Linkerd's own tests. */
    metrics: { name: "metrics", port: 9999, protocol: "TCP" },
  },
} as const;

/** The six paths that the tutorial's `linkerd top` shows. podinfo serves all of them on its API port. */
export const tutorialPaths = ["/env", "/metrics", "/healthz", "/readyz", "/headers", "/version"] as const;

export function slowCookerEndpoint(namespace: string): EndpointFacts {
  return {
    id: slowCooker.name,
    namespace,
    labels: { ...slowCooker.labels },
    serviceAccount: "default",
    ports: Object.values(slowCooker.ports).map((port) => ({ ...port })),
  };
}

/**
 * slow_cooker's URL file: one URL a line.
 *
 * @throws when there is no path, or when the result has a line that slow_cooker would exit on (status 64, `Missing scheme` or
 *   `Missing host`): it does not skip blank lines.
 */
export function urlList(target: string, paths: readonly string[]): string {
  if (paths.length === 0) throw new Error("paths is empty: give at least one path to request, e.g. /version");
  const base = target.replace(/\/+$/, "");
  if (!URL.canParse(base) || !/^https?:\/\/[^/]/.test(base)) {
    throw new Error(`target "${target}" is not a URL: give scheme and host, e.g. http://podinfo:9898`);
  }
  const lines = paths.map((path, index) => {
    if (!path.startsWith("/") || /\s/.test(path)) {
      const suggestion = `/${path.replace(/\s+/g, "").replace(/^\/+/, "")}`;
      throw new Error(
        `paths[${index}] "${path}" must begin with "/" and have no white space. Did you mean "${suggestion}"?`,
      );
    }
    return `${base}${path}`;
  });
  return `${lines.join("\n")}\n`;
}

/** How much slow_cooker sends. Every member is a whole number unless it says otherwise. */
export interface LoadNumbers {
  requestsPerSecond: number;
  concurrency: number;
  interval: string;
  timeout: string;
}

/**
 * slow_cooker's flags. They have to stand before its one positional argument: Go's flag parser stops at the first word that is
 * not a flag.
 *
 * @throws with every number that slow_cooker would refuse.
 */
export function slowCookerArguments(load: LoadNumbers, urlFile: string): string[] {
  const problems = [
    ...wholeNumber("load.requestsPerSecond", load.requestsPerSecond),
    ...wholeNumber("load.concurrency", load.concurrency),
    ...duration("load.interval", load.interval),
    ...duration("load.timeout", load.timeout),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return [
    `-qps=${load.requestsPerSecond}`,
    `-concurrency=${load.concurrency}`,
    `-interval=${load.interval}`,
    `-timeout=${load.timeout}`,
    `-metric-addr=0.0.0.0:${slowCooker.ports.metrics.port}`,
    `@${urlFile}`,
  ];
}

function wholeNumber(where: string, value: number): string[] {
  if (Number.isInteger(value) && value >= 1) return [];
  return [`${where} is ${value}: it must be a whole number of at least 1`];
}

function duration(where: string, value: string): string[] {
  if (/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(value) && /[1-9]/.test(value)) return [];
  return [`${where} is "${value}": it must be a duration above zero with a unit, e.g. 10s, 500ms or 1m30s`];
}
