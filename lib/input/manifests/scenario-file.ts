import { isLabelPattern } from "../../cilium/policy/label-filter";
import { type Path, type Problem, problem } from "../../common/problem";
import { policyKind } from "../../linkerd/api/object";
import { scenarioProblems } from "../../scenario/problems";
import type {
  CidrGroupFacts,
  EndpointFacts,
  Flow,
  MeshFacts,
  NamedPort,
  NamespaceFacts,
  NodeSettings,
  Scenario,
  ServiceFacts,
} from "../../scenario/scenario";
import { type LocatedDocument, within } from "./document";
import { readPolicyObject } from "./policy-objects";
import { scenarioShape } from "./scenario-shape";
import { type Fault, faultsOf, isRecord, memberAt } from "./shape";
import { readYaml } from "./yaml";

/** Reads a scenario, or its usable part. `undefined` if nothing is usable. */
export function readScenario(text: string, file: string): { scenario: Scenario | undefined; problems: Problem[] } {
  const { documents, problems } = readYaml(text, file);
  const [document, second] = documents;
  if (document === undefined) {
    if (problems.length === 0)
      problems.push({ code: "empty", file, line: 1, column: 1, message: "is empty; expected a scenario" });
    return { scenario: undefined, problems };
  }
  const report = (path: Path, message: string, from: LocatedDocument = document) =>
    problems.push({ file, ...from.position(path), code: "invalid-scenario", path, message });
  if (second !== undefined) report([], "a scenario is one document; this second one is ignored", second);
  const faults = [...faultsOf(scenarioShape, document.value), ...labelFaults(document.value)];
  for (const { path, message } of faults) report(path, message);
  // An invalid item is left out completely: an endpoint without its labels would be a different one.
  const broken = (...path: Path) =>
    faults.some((fault) => path.length <= fault.path.length && path.every((part, at) => fault.path[at] === part));
  const value = document.value as Partial<Scenario>;
  if (typeof value !== "object" || value === null || !Array.isArray(value.endpoints))
    return { scenario: undefined, problems };
  const checks = { broken, report };
  const endpoints = usable<EndpointFacts>("endpoints", value.endpoints, ({ id }) => id, checks).map(withLabels);
  const ids = new Set(endpoints.map(({ id }) => id));
  const flows = Array.isArray(value.flows)
    ? (value.flows as Flow[]).flatMap((flow, index) => {
        if (broken("flows", index)) return [];
        const unknown = (["from", "to"] as const).filter((end) => !ids.has(flow[end]));
        for (const end of unknown) report(["flows", index, end], `there is no endpoint ${JSON.stringify(flow[end])}`);
        return unknown.length > 0 ? [] : [{ ...flow, proto: flow.proto ?? "TCP" }];
      })
    : undefined;
  // Invalid flows must not become "no flows", which would evaluate the whole matrix.
  const nothingToAsk = flows?.length === 0 && (value.flows?.length ?? 0) > 0;
  const scenario: Scenario = {
    ...(!broken("cluster") && value.cluster && { cluster: value.cluster }),
    ...(value.nodeSettings !== undefined && {
      nodeSettings: usable<NodeSettings>("nodeSettings", value.nodeSettings, JSON.stringify, checks),
    }),
    namespaces: usable<NamespaceFacts>("namespaces", value.namespaces, ({ name }) => name, checks),
    // If absent, Services are unknown. An empty list means that there are none.
    ...(value.services !== undefined && {
      services: usable<ServiceFacts>(
        "services",
        value.services,
        ({ namespace, name }) => `${namespace}/${name}`,
        checks,
      ),
    }),
    ...(!broken("unseenServices") && value.unseenServices !== undefined && { unseenServices: value.unseenServices }),
    ...(value.cidrGroups !== undefined && {
      cidrGroups: usable<CidrGroupFacts>("cidrGroups", value.cidrGroups, ({ name }) => name, checks),
    }),
    endpoints: nothingToAsk ? [] : endpoints,
    ...(flows && { flows }),
    ...(!broken("mesh") && value.mesh && { mesh: meshOf(value.mesh, document, (problem) => problems.push(problem)) }),
  };
  return { scenario, problems };
}

/** A port in a file, where the ports that it represents are a label for people. */
type WrittenPort = Omit<NamedPort, "standsFor"> & { standsFor?: string };

function withLabels(endpoint: EndpointFacts): EndpointFacts {
  if (endpoint.ports === undefined) return endpoint;
  const written: readonly unknown[] = endpoint.ports;
  const ports = (written as readonly WrittenPort[]).map(({ standsFor, ...port }) => ({
    ...port,
    ...(standsFor !== undefined && { standsFor: { label: standsFor } }),
  }));
  return { ...endpoint, ports };
}

/** Linkerd's objects as a cluster stores them. Those that it refuses are reported and left out. */
function meshOf(mesh: MeshFacts, document: LocatedDocument, report: (problem: Problem) => void): MeshFacts {
  const { authorization } = mesh;
  if (authorization === undefined) return mesh;
  const objects = authorization.objects.flatMap((value, index) => {
    const at = ["mesh", "authorization", "objects", index];
    const { apiVersion, kind, metadata } = isRecord(value) ? value : {};
    const { name, namespace = "default" } = isRecord(metadata) ? metadata : {};
    if (
      !isRecord(value) ||
      policyKind(value) === undefined ||
      typeof name !== "string" ||
      typeof namespace !== "string"
    ) {
      const message = "expected an object of Linkerd's policy controller, with apiVersion, kind and metadata.name";
      report({ file: document.file, ...document.position(at), code: "invalid-scenario", path: at, message });
      return [];
    }
    const source = { apiVersion: String(apiVersion), kind: String(kind), name, namespace, value };
    const stored = readPolicyObject({ ...source, document: within(document, at, value) }, namespace, report);
    return stored === undefined ? [] : [stored.object];
  });
  return { ...mesh, authorization: { ...authorization, objects } };
}

/** Reports label patterns that are not regular expressions, with which the agent does not start. */
function labelFaults(value: unknown): Pick<Fault, "path" | "message">[] {
  const labels = memberAt(value, ["cluster", "labels"]);
  return (Array.isArray(labels) ? labels : []).flatMap((text: unknown, index) =>
    typeof text !== "string" || isLabelPattern(text)
      ? []
      : [{ path: ["cluster", "labels", index], message: `${JSON.stringify(text)} is not a regular expression` }],
  );
}

type Part = "nodeSettings" | "endpoints" | "services" | "namespaces" | "cidrGroups";

/** The items of one part of a scenario that are well-formed, have a unique name, and are usable by the engine. */
function usable<T>(part: Part, value: unknown, nameOf: (item: T) => string, { broken, report }: Checks): T[] {
  const taken = new Set<string>();
  return (Array.isArray(value) ? (value as T[]) : []).filter((item, index) => {
    if (broken(part, index)) return false;
    const name = nameOf(item);
    const problems = taken.has(name)
      ? [problem("duplicate", [], `${JSON.stringify(name)} already exists; this one is left out`)]
      : unusable(part, item);
    for (const { path = [], message } of problems) report([part, index, ...path], message);
    taken.add(name);
    return problems.length === 0;
  });
}

/** The engine's problems with a single item, without their places. */
function unusable(part: Part, item: unknown): Problem[] {
  const scenario = { endpoints: [], [part]: [item] };
  return scenarioProblems(scenario).map(({ path = [], ...rest }) => ({ ...rest, path: path.slice(2) }));
}

interface Checks {
  broken: (...path: Path) => boolean;
  report: (path: Path, message: string) => void;
}
