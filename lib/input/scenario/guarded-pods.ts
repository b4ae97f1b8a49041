import { K8S_SOURCE, NAMESPACE_KEY } from "../../cilium/api/labels";
import { type Requirement, type Selector, selector } from "../../cilium/api/selector";
import { policyKind, type RawObject } from "../../linkerd/api/object";
import { selects } from "../../linkerd/api/selector";
import type { Server } from "../../linkerd/api/server";
import { readObjects } from "../../linkerd/policy/objects";
import { SelectorIndex } from "../../linkerd/policy/selector-index";
import type { EndpointFacts, NamedPort } from "../../scenario/scenario";
import type { ImaginedPod } from "./imagined-pods";

const kinds: ReadonlySet<string | undefined> = new Set(
  ["Server", "EgressNetwork"].map((kind) => `policy.linkerd.io/${kind}`),
);

/** From here on downwards, numbers stand for ports of which Servers say only the name. */
const HIGHEST = 64_499;

/** The Servers and EgressNetworks of two states, and what they say of pods that no manifest names. */
export class GuardedPods {
  private readonly servers: readonly Server[];
  /** The namespaces whose pods EgressNetworks let out, or not. */
  private readonly leaving: ReadonlySet<string>;
  private readonly numbers: ReadonlyMap<string, number>;

  /** @param objects Linkerd's objects, of both states. */
  constructor(objects: readonly RawObject[]) {
    const read = readObjects(objects.filter((object) => kinds.has(policyKind(object)))).objects;
    this.servers = read.servers.filter((server) => server.selects === "pods");
    this.leaving = new Set(read.egressNetworks.map(({ namespace }) => namespace));
    const names = this.servers.flatMap(({ port }) => (typeof port === "string" ? [port] : []));
    this.numbers = new Map([...new Set(names)].sort().map((name, index) => [name, HIGHEST - index]));
  }

  /**
   * What selects the pods that Servers select and those that EgressNetworks are about, of those that in some state are about no meshed pod that is known.
   *
   * @param sides The endpoints of each state.
   */
  unknown(sides: readonly (readonly EndpointFacts[])[]): Selector[] {
    if (this.servers.length + this.leaving.size === 0) return [];
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
      ...[...this.leaving]
        .filter((namespace) => !known.every(({ namespaces }) => namespaces.has(namespace)))
        .map((namespace) => inNamespace(namespace)),
    ];
    return [...new Map(left.map((one) => [one.text, one])).values()];
  }

  /** Which of them are about a pod: equal for pods that the same ones are about, and empty for those that none is. */
  signature(pod: Pick<ImaginedPod, "namespace" | "labels" | "cluster">): string {
    if (pod.cluster !== undefined) return "";
    const labels = new Map(Object.entries(pod.labels));
    const servers = this.servers.flatMap((server, place) =>
      server.namespace === pod.namespace && selects(server.selector, labels) ? [`${place}`] : [],
    );
    return [...servers, ...(this.leaving.has(pod.namespace) ? [pod.namespace] : [])].join();
  }

  /** With a port for each name that Servers use of it: which number a pod gives it nobody knows. */
  withNamedPorts(endpoint: EndpointFacts, own: readonly RawObject[]): EndpointFacts {
    if (this.numbers.size === 0 || endpoint.mesh?.injected !== true) return endpoint;
    const { namespace, labels = {}, ports = [] } = endpoint;
    const known = new Set(ports.map(({ name }) => name));
    const carried = new Map<string, string>(Object.entries(labels));
    const { servers } = readObjects(own).objects;
    const named = servers.flatMap((server) => {
      const isOf = server.selects === "pods" && server.namespace === namespace && selects(server.selector, carried);
      return isOf && typeof server.port === "string" && !known.has(server.port) ? [server.port] : [];
    });
    const added = [...new Set(named)].sort().flatMap((name): NamedPort[] => {
      const port = this.numbers.get(name);
      return port === undefined ? [] : [{ name, port, protocol: "TCP", standsFor: { label: name } }];
    });
    return added.length === 0 ? endpoint : { ...endpoint, ports: [...ports, ...added] };
  }
}

/** As Cilium would select the same pods. */
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
