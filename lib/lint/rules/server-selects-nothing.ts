import { type Selector, selects } from "../../linkerd/api/selector";
import type { Server } from "../../linkerd/api/server";
import type { Scenario } from "../../scenario/scenario";
import { type LintRule, type Observation, Severity } from "../finding";
import type { LinkerdContext } from "../linkerd-context";

export const serverSelectsNothing: LintRule = {
  id: "server-selects-nothing",
  severity: Severity.Warning,
  title: "A Server that protects nothing",
  why:
    "A Server selects pods of its own namespace by their labels, and ports by number or by a container port's name. Only meshed pods have a proxy to " +
    "enforce it. An expression with `operator: Exists` and a list of values, even an empty one, never matches.",
  fix: "Correct the selector or the port's name, or mesh the pods.",
  *check({ linkerd, scenario, facts }) {
    if (linkerd === undefined) return;
    const { unseenPods } = facts;
    for (const server of linkerd.policy.objects.servers) {
      const { namespace, port } = server;
      if (server.selects === "external-workloads") {
        yield* guardsNoMachine(linkerd, scenario, server);
        continue;
      }
      if (unseenPods === "anywhere" || unseenPods?.includes(namespace)) continue;
      const pods = scenario.endpoints.filter(
        (endpoint) => endpoint.namespace === namespace && endpoint.representative === undefined,
      );
      // A namespace without any pod is not described.
      if (pods.length === 0) continue;
      const place = linkerd.placeOf("Server", server);
      const meshed = linkerd.selectedBy(server);
      if (meshed.length === 0) {
        const plain = pods.find(
          ({ labels = {}, mesh }) => mesh?.injected !== true && selectsLabels(server.selector, labels),
        );
        const message =
          plain === undefined
            ? `selects no pod of ${namespace}`
            : `selects ${plain.id}, which has no proxy to enforce it`;
        yield { linkerd: place, path: ["spec", "podSelector"], data: { unmeshed: plain?.id }, message };
      } else if (typeof port === "string" && meshed.every((pod) => linkerd.portsOf(server, pod).length === 0)) {
        const [first] = meshed;
        yield {
          linkerd: place,
          path: ["spec", "port"],
          data: { port },
          message: `no container of ${first?.facts.id} has a TCP port named "${port}"`,
        };
      }
    }
  },
};

/** Checks a Server for ExternalWorkloads, if any are known in its namespace. */
function* guardsNoMachine(linkerd: LinkerdContext, { endpoints }: Scenario, server: Server): Generator<Observation> {
  const { namespace, port } = server;
  if (!endpoints.some(({ external }) => external?.namespace === namespace)) return;
  const place = linkerd.placeOf("Server", server);
  const selected = linkerd.selectedBy(server);
  const [first] = selected;
  if (first === undefined) {
    const message = `selects no ExternalWorkload of ${namespace}`;
    yield { linkerd: place, path: ["spec", "externalWorkloadSelector"], data: {}, message };
  } else if (typeof port === "string" && selected.every((machine) => linkerd.portsOf(server, machine).length === 0)) {
    const message = `the ExternalWorkload ${first.facts.id} has no TCP port named "${port}"`;
    yield { linkerd: place, path: ["spec", "port"], data: { port }, message };
  }
}

const selectsLabels = (selector: Selector, labels: Readonly<Record<string, string>>) =>
  selects(selector, new Map(Object.entries(labels)));
