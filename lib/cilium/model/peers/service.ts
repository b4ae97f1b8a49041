import type { ServiceSelector } from "../../api/policy";
import { checkDnsLabel } from "../check/names";
import { checkLabels } from "../check/selectors";
import { exactlyOne, isShape } from "../check/shape";
import type { Problems } from "../problems";
import type { PeerKind } from "./kind";

/** The backends of a Service, or of several. */
export interface ServicePeer {
  /** Tells the kinds of peers apart. */
  kind: "service";
  /** Which. */
  service: NamedService | LabelledServices;
}

/** Where Services are looked up. */
interface ServicePlace {
  /** Default: the policy's own. */
  namespace?: string;
  /** Services of any namespace instead. */
  anyNamespace?: boolean;
}

/** The one Service of a name. */
export interface NamedService extends ServicePlace {
  /** Its name. */
  name: string;
}

/** Services by labels. */
export interface LabelledServices extends ServicePlace {
  /** The labels of the Service itself, not of its pods. */
  matchLabels: { [key: string]: string };
}

export const serviceKind: PeerKind<ServicePeer> = {
  member: "service",
  onlyInEgress: {
    message: "a Service can only be allowed as the destination of egress: Cilium looks none up in a rule that denies",
    fix: "use Peer.endpoints(…) with the labels of its pods here",
  },
  check: ({ service }, namespace, problems) => checkService(service, namespace, problems.at("service")),
  lists: ({ service }, namespace) => ({ services: [renderService(service, namespace)] }),
};

function checkService(written: ServicePeer["service"], own: string | undefined, problems: Problems): void {
  if (!isShape(written, ["name", "matchLabels", "namespace", "anyNamespace"], problems)) return;
  const service: {
    name?: string;
    matchLabels?: { [key: string]: string };
    namespace?: string;
    anyNamespace?: boolean;
  } = written;
  exactlyOne(service, ["name", "matchLabels"], problems, 'use Peer.service("name") or Peer.services(labels)');
  if (service.name !== undefined) checkDnsLabel(service.name, "the Service's name", problems.at("name"));
  if (service.matchLabels && Object.keys(service.matchLabels).length === 0)
    problems.at("matchLabels").add("empty-selector", "no label selects every Service", "name at least one");
  checkLabels(service.matchLabels, problems.at("matchLabels"));
  if (service.namespace !== undefined) checkDnsLabel(service.namespace, "the namespace", problems.at("namespace"));
  if (service.namespace !== undefined && service.anyNamespace)
    problems.add("conflict", "`namespace` and `anyNamespace` exclude each other", "leave one of them out");
  if (own === undefined && service.namespace === undefined && !service.anyNamespace)
    problems.add(
      "missing",
      "a clusterwide policy has no namespace of its own",
      "name it with `namespace`, or use `anyNamespace: true`",
    );
}

function renderService(service: ServicePeer["service"], own: string | undefined): ServiceSelector {
  // The policy's own namespace is explicit, because an absent one means any namespace to Cilium.
  const namespace = service.anyNamespace ? undefined : (service.namespace ?? own);
  const where = namespace !== undefined && { namespace };
  if ("matchLabels" in service)
    return { k8sServiceSelector: { selector: { matchLabels: service.matchLabels }, ...where } };
  return { k8sService: { serviceName: service.name, ...where } };
}
