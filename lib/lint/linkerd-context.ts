import { append, getOrMake, present } from "../common/maps";
import { policyKind, type RawObject } from "../linkerd/api/object";
import type { Server } from "../linkerd/api/server";
import type { ClientAuthorization } from "../linkerd/policy/authorization";
import { InboundPolicy } from "../linkerd/policy/inbound";
import type { ServerPolicy } from "../linkerd/policy/server-policy";
import type { PolicyWorkload } from "../linkerd/policy/workload";
import { policySettingsOf, policyWorkloadOf } from "../reachability/linkerd/authorization";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/** A meshed pod, as Linkerd's policy controller sees it. */
export interface MeshedPod {
  facts: EndpointFacts;
  workload: PolicyWorkload;
}

/** Linkerd's authorization, as lint rules query it. Everything is computed once. */
export class LinkerdContext {
  readonly policy: InboundPolicy;
  /** Meshed pods of the scenario. */
  readonly pods: readonly MeshedPod[];
  private readonly places = new Map<string, number>();
  private readonly bySelected = new Map<Server, MeshedPod[]>();

  /** `undefined` if the scenario has no authorization. */
  static of(scenario: Scenario): LinkerdContext | undefined {
    const facts = scenario.mesh?.authorization;
    return facts === undefined ? undefined : new LinkerdContext(scenario, facts);
  }

  private constructor({ endpoints }: Scenario, facts: NonNullable<NonNullable<Scenario["mesh"]>["authorization"]>) {
    this.policy = new InboundPolicy(facts.objects, policySettingsOf(facts));
    for (const [place, object] of facts.objects.entries()) {
      const named = nameOf(object);
      if (named !== undefined) getOrMake(this.places, named, () => place);
    }
    this.pods = endpoints.flatMap((endpoint) =>
      endpoint.mesh?.injected === true && endpoint.representative === undefined
        ? [{ facts: endpoint, workload: policyWorkloadOf(endpoint) }]
        : [],
    );
    for (const pod of this.pods)
      for (const server of this.policy.serversOf(pod.workload)) append(this.bySelected, server, pod);
  }

  /** The index of an object in the scenario's `mesh.authorization.objects`. */
  placeOf(kind: string, { namespace, name, group }: { namespace: string; name: string; group?: string }): number {
    const named = `${group ?? "policy.linkerd.io"}/${kind} ${namespace}/${name}`;
    return present(this.places.get(named), named);
  }

  /** The meshed pods that a Server selects, whether or not they have its port. */
  selectedBy(server: Server): readonly MeshedPod[] {
    return this.bySelected.get(server) ?? [];
  }

  /** The port numbers of a Server at a pod. */
  portsOf({ port }: Server, { workload }: MeshedPod): readonly number[] {
    return typeof port === "number" ? [port] : [...(workload.namedPorts.get(port) ?? [])];
  }

  /** All authorizations of a port: those of its Server and of its routes, each once. */
  authorizationsOf({ authorizations, routes }: ServerPolicy): readonly ClientAuthorization[] {
    return [...new Set([...authorizations, ...routes.flatMap((route) => route.authorizations)])];
  }

  /** Whether a Server certainly owns a port of a pod. */
  owns(server: Server, pod: MeshedPod, port: number): boolean {
    const [only, other] = this.policy.policiesOfPort(pod.workload, port);
    return other === undefined && only?.server?.name === server.name && only.server.namespace === server.namespace;
  }
}

function nameOf(object: RawObject): string | undefined {
  const kind = policyKind(object);
  const { namespace, name } = (object.metadata ?? {}) as { namespace?: unknown; name?: unknown };
  return kind === undefined ? undefined : `${kind} ${String(namespace)}/${String(name)}`;
}
