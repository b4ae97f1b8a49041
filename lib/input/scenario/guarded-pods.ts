import { K8S_SOURCE, NAMESPACE_KEY } from "../../cilium/api/labels";
import { type Requirement, type Selector, selector } from "../../cilium/api/selector";
import { policyKind, type RawObject } from "../../linkerd/api/object";
import { selects } from "../../linkerd/api/selector";
import type { Server } from "../../linkerd/api/server";
import { readObjects } from "../../linkerd/policy/objects";
import { SelectorIndex } from "../../linkerd/policy/selector-index";
import type { EndpointFacts, NamedPort } from "../../scenario/scenario";
import type { HypotheticalPod } from "./hypothetical-pods";

const kinds: ReadonlySet<string | undefined> = new Set(
  ["Server", "EgressNetwork"].map((kind) => `policy.linkerd.io/${kind}`),
);

/** From here downwards, port numbers are placeholders for ports that Servers only name. */
const HIGHEST_PLACEHOLDER_PORT = 64_499;

/** Which hypothetical pods the Servers and EgressNetworks of two states apply to. */
export class GuardedPods {
  private readonly servers: readonly Server[];
  /** The namespaces that have EgressNetworks. */
  private readonly egressNamespaces: ReadonlySet<string>;
  private readonly portNumbers: ReadonlyMap<string, number>;

  /** @param objects Linkerd's objects, of both states. */
  constructor(objects: readonly RawObject[]) {
    const read = readObjects(objects.filter((object) => kinds.has(policyKind(object)))).objects;
    this.servers = read.servers.filter((server) => server.selects === "pods");
    this.egressNamespaces = new Set(read.egressNetworks.map(({ namespace }) => namespace));
    const names = this.servers.flatMap(({ port }) => (typeof port === "string" ? [port] : []));
    this.portNumbers = new Map(
      [...new Set(names)].sort().map((name, index) => [name, HIGHEST_PLACEHOLDER_PORT - index]),
    );
  }

  /**
   * Selectors of the pods that Servers and EgressNetworks apply to, for those that apply to no known meshed pod in at least one state.
   *
   * @param sides The endpoints of each state.
   */
  selectorsOfUnknown(sides: readonly (readonly EndpointFacts[])[]): Selector[] {
    if (this.servers.length + this.egressNamespaces.size === 0) return [];
    const index = new SelectorIndex(this.servers.map((server) => [server, server.selector] as const));
    const known = sides.map((side) => {
      const meshed = side.filter(({ mesh }) => mesh?.injected === true);
      const served = meshed.flatMap(({ namespace, labels = {} }) =>
        index
          .selecting(new Map<string, string>(Object.entries(labels)))
          .filter((server) => server.namespace === namespace),
      );
      return { served: new Set(served), namespaces: new Set(meshed.map(({ namespace }) => namespace)) };
    });
    const left = [
      ...this.servers.filter((server) => !known.every(({ served }) => served.has(server))).map(selectorOf),
      ...[...this.egressNamespaces]
        .filter((namespace) => !known.every(({ namespaces }) => namespaces.has(namespace)))
        .map((namespace) => inNamespace(namespace)),
    ];
    return [...new Map(left.map((one) => [one.text, one])).values()];
  }

  /** Which of them apply to a pod, as a text that is equal for the same ones. Empty: none. */
  signature(pod: Pick<HypotheticalPod, "namespace" | "labels" | "cluster">): string {
    if (pod.cluster !== undefined) return "";
    const labels = new Map(Object.entries(pod.labels));
    const servers = this.servers.flatMap((server, place) =>
      server.namespace === pod.namespace && selects(server.selector, labels) ? [`${place}`] : [],
    );
    return [...servers, ...(this.egressNamespaces.has(pod.namespace) ? [pod.namespace] : [])].join();
  }

  /** Adds a port for each port name that Servers use for the endpoint, with a placeholder number, because the pod's own number is unknown. */
  withNamedPorts(endpoint: EndpointFacts, own: readonly RawObject[]): EndpointFacts {
    if (this.portNumbers.size === 0 || endpoint.mesh?.injected !== true) return endpoint;
    const { namespace, labels = {}, ports = [] } = endpoint;
    const known = new Set(ports.map(({ name }) => name));
    const carried = new Map<string, string>(Object.entries(labels));
    const { servers } = readObjects(own).objects;
    const named = servers.flatMap((server) => {
      const isOf = server.selects === "pods" && server.namespace === namespace && selects(server.selector, carried);
      return isOf && typeof server.port === "string" && !known.has(server.port) ? [server.port] : [];
    });
    const added = [...new Set(named)].sort().flatMap((name): NamedPort[] => {
      const port = this.portNumbers.get(name);
      return port === undefined ? [] : [{ name, port, protocol: "TCP", standsFor: { label: name } }];
    });
    return added.length === 0 ? endpoint : { ...endpoint, ports: [...ports, ...added] };
  }
}

/** Cilium's selector of the same pods. */
function selectorOf({ namespace, selector: { matchLabels = new Map(), matchExpressions = [] } }: Server): Selector {
  return inNamespace(namespace, [
    ...[...matchLabels].map(([key, value]) => requirement(key, "In", [value])),
    ...matchExpressions.map(({ key, operator, values }) => requirement(key, operator, values)),
  ]);
}

const inNamespace = (namespace: string, more: readonly Requirement[] = []): Selector =>
  selector([requirement(NAMESPACE_KEY, "In", [namespace]), ...more]);

function requirement(key: string, operator: Requirement["operator"], values: readonly string[] = []): Requirement {
  return { source: K8S_SOURCE, key, operator, values };
}
