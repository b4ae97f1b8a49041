import type { Path, Problem } from "../../common/problem";
import type { PodFacts } from "../../scenario/scenario";

/** The fixed facts about the load generator, as plain data. */
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

export function slowCookerEndpoint(namespace: string): PodFacts {
  return {
    id: slowCooker.name,
    namespace,
    labels: { ...slowCooker.labels },
    serviceAccount: slowCooker.name,
    ports: Object.values(slowCooker.ports).map((port) => ({ ...port })),
  };
}

/** slow_cooker's URL file: one URL per line, without blank lines, on which it would exit. */
export function urlList(target: string, paths: readonly string[]): string {
  const base = target.replace(/\/+$/, "");
  return paths.map((path) => `${base}${path}\n`).join("");
}

/** Problems on which slow_cooker would exit with status 64: it does not skip blank lines or lines that are not URLs. */
export function urlListProblems(target: string, paths: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (!/^https?:\/\/[^/]/.test(target) || !URL.canParse(target)) {
    problems.push({
      code: "invalid-url",
      path: ["target"],
      message: `"${target}" is not a URL`,
      fix: "give scheme and host, e.g. http://podinfo:9898",
    });
  }
  if (paths.length === 0) {
    problems.push({
      code: "empty",
      path: ["paths"],
      message: "there is no path",
      fix: "give at least one, e.g. /version",
    });
  }
  paths.forEach((path, index) => {
    if (path.startsWith("/") && !/\s/.test(path)) return;
    problems.push({
      code: "invalid-path",
      path: ["paths", index],
      message: `"${path}" does not begin with "/" or has white space`,
      fix: `did you mean "/${path.replace(/\s+/g, "").replace(/^\/+/, "")}"?`,
    });
  });
  return problems;
}

/** How much slow_cooker sends, with its units as in the component's arguments. */
export interface Load {
  requestsPerSecond: number;
  concurrency: number;
  interval: string;
  timeout: string;
}

export const defaultLoad: Load = { requestsPerSecond: 5, concurrency: 1, interval: "10s", timeout: "10s" };

/** slow_cooker's flags. Go's flag parser stops at the first word that is not a flag, so the URL file comes last. */
export function slowCookerArguments(load: Load, urlFile: string): string[] {
  return [
    `-qps=${load.requestsPerSecond}`,
    `-concurrency=${load.concurrency}`,
    `-interval=${load.interval}`,
    `-timeout=${load.timeout}`,
    `-metric-addr=0.0.0.0:${slowCooker.ports.metrics.port}`,
    `@${urlFile}`,
  ];
}

/** Every number that slow_cooker would refuse at start. */
export function loadProblems(where: Path, load: Load): Problem[] {
  return [
    ...wholeNumberProblems([...where, "requestsPerSecond"], load.requestsPerSecond),
    ...wholeNumberProblems([...where, "concurrency"], load.concurrency),
    ...durationProblems([...where, "interval"], load.interval),
    ...durationProblems([...where, "timeout"], load.timeout),
  ];
}

function wholeNumberProblems(where: Path, value: number): Problem[] {
  if (Number.isInteger(value) && value >= 1) return [];
  return [
    { code: "invalid-number", path: where, message: `${value} cannot be sent`, fix: "use a whole number, 1 or more" },
  ];
}

function durationProblems(where: Path, value: string): Problem[] {
  if (/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(value) && /[1-9]/.test(value)) return [];
  return [
    {
      code: "invalid-duration",
      path: where,
      message: `"${value}" is not a duration`,
      fix: "give a number and its unit, e.g. 10s, 500ms or 1m30s",
    },
  ];
}
