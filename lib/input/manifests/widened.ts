import { isPeerField } from "../../cilium/api/peer-lists";
import { hasPlaceholder } from "./placeholders";
import { isRecord } from "./shape";

type Members = Record<string, unknown>;

/** The rules of a policy that depend on placeholders, each at its broadest. */
export function widened(spec: unknown, isKubernetes: boolean, isWhole: boolean): Members {
  const given: Members = isRecord(spec) ? spec : {};
  const anyNamespace = isKubernetes && isWhole;
  const result: Members = {};
  for (const key of ["podSelector", "endpointSelector", "nodeSelector"]) {
    if (given[key] !== undefined) result[key] = widenedSelector(given[key]);
  }
  for (const direction of ["ingress", "egress"] as const) {
    for (const list of [direction, `${direction}Deny`]) {
      const rules = given[list];
      if (!Array.isArray(rules)) continue;
      const kept = isWhole ? rules : rules.filter(hasPlaceholder);
      result[list] = kept.map((rule) =>
        isKubernetes ? widenedKubernetesRule(rule, direction, anyNamespace) : widenedRule(rule, direction),
      );
    }
  }
  if (isKubernetes) result.policyTypes = policyTypesOf(given);
  if (isRecord(given.enableDefaultDeny) && !hasPlaceholder(given.enableDefaultDeny))
    result.enableDefaultDeny = given.enableDefaultDeny;
  return result;
}

/** The directions of a NetworkPolicy, as the API server fills them in. */
export function policyTypesOf({ policyTypes, egress }: Members): unknown {
  if (Array.isArray(policyTypes) && !hasPlaceholder(policyTypes)) return policyTypes;
  return ["Ingress", ...(policyTypes !== undefined || (Array.isArray(egress) && egress.length > 0) ? ["Egress"] : [])];
}

/** A selector at its broadest. A required label exists, whatever its value. A label that must not exist leaves everything open. */
function widenedSelector(selector: unknown): Members {
  if (!isRecord(selector)) return {};
  if (!hasPlaceholder(selector)) return selector;
  const labels = isRecord(selector.matchLabels) ? Object.entries(selector.matchLabels) : [];
  const known = labels.filter(([key, value]) => !hasPlaceholder(key) && !hasPlaceholder(value));
  const present = labels.filter(([key, value]) => !hasPlaceholder(key) && hasPlaceholder(value)).map(([key]) => key);
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions.filter(isRecord) : [];
  const kept = expressions.filter((expression) => !hasPlaceholder(expression));
  const variable = expressions.filter((expression) => hasPlaceholder(expression) && !hasPlaceholder(expression.key));
  // A selector that mentions namespaces is not limited to the policy's own.
  const some = variable.filter(({ key, operator }) => operator === "In" || String(key).includes(NAMESPACE));
  const exist = [...present, ...some.map(({ key }) => key)].map((key) => ({ key, operator: "Exists" }));
  const isKeyUnknown = [...labels.map(([key]) => key), ...expressions.map(({ key }) => key)].some(hasPlaceholder);
  return {
    matchLabels: Object.fromEntries(known),
    matchExpressions: [...kept, ...exist, ...(isKeyUnknown ? [{ key: NAMESPACE, operator: "Exists" }] : [])],
  };
}

const NAMESPACE = "io.kubernetes.pod.namespace";
const WORLD = ["0.0.0.0/0", "::/0"];

/** The broadest form of a peer, by its list. In any other list, that is everyone. */
const widest: Readonly<Record<string, (item: unknown) => Members>> = {
  Endpoints: (item) => ({ Endpoints: [widenedSelector(item)] }),
  CIDR: () => ({ CIDRSet: WORLD.map((cidr) => ({ cidr })) }),
  CIDRSet: (item) => ({
    CIDRSet:
      isRecord(item) && typeof item.cidr === "string" && !hasPlaceholder(item.cidr)
        ? [{ cidr: item.cidr }]
        : WORLD.map((cidr) => ({ cidr })),
  }),
  FQDNs: () => ({ CIDRSet: WORLD.map((cidr) => ({ cidr })) }),
  Groups: () => ({ CIDRSet: WORLD.map((cidr) => ({ cidr })) }),
};

function widenedRule(rule: unknown, direction: "ingress" | "egress"): Members {
  if (!isRecord(rule)) return {};
  const prefix = direction === "ingress" ? "from" : "to";
  const lists = new Map<string, unknown[]>();
  const add = (list: string, items: unknown[]) => lists.set(list, [...(lists.get(list) ?? []), ...items]);
  let hasPeers = false;
  for (const [key, value] of Object.entries(rule)) {
    if (!isPeerField(key) || !key.startsWith(prefix)) continue;
    const list = key.slice(prefix.length);
    hasPeers = true;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (!hasPlaceholder(item)) add(list, [item]);
      else
        for (const [to, items] of Object.entries(widest[list]?.(item) ?? { Entities: ["all"] }))
          add(to, items as unknown[]);
    }
  }
  const ports = hasPlaceholder(rule.icmps) ? undefined : widenedPorts(rule.toPorts);
  const isOpen = hasPlaceholder(rule.icmps) || (rule.toPorts !== undefined && ports === undefined);
  if (isOpen && !hasPeers) add("Entities", ["all"]);
  return {
    ...Object.fromEntries([...lists].map(([list, items]) => [prefix + list, items])),
    ...(ports !== undefined && { toPorts: ports }),
    ...(!isOpen && rule.icmps !== undefined && { icmps: rule.icmps }),
  };
}

/** Undefined: every port. */
function widenedPorts(entries: unknown): unknown[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  if (entries.some((entry) => !isRecord(entry) || !Array.isArray(entry.ports))) return undefined;
  return entries.map((entry) => {
    if (!hasPlaceholder(entry)) return entry;
    return {
      ports: entry.ports.map((port: unknown) => {
        if (!hasPlaceholder(port)) return port;
        const protocol = isRecord(port) && !hasPlaceholder(port.protocol) ? port.protocol : undefined;
        return { port: "0", ...(protocol !== undefined && { protocol }) };
      }),
    };
  });
}

function widenedKubernetesRule(rule: unknown, direction: "ingress" | "egress", anyNamespace: boolean): Members {
  if (!isRecord(rule)) return {};
  const key = direction === "ingress" ? "from" : "to";
  const result: Members = {};
  const peers = rule[key];
  if (Array.isArray(peers)) {
    result[key] = peers.filter(isRecord).flatMap((peer): Members[] => {
      if (isRecord(peer.ipBlock)) {
        if (!hasPlaceholder(peer)) return [peer];
        const { cidr } = peer.ipBlock;
        return (typeof cidr === "string" && !hasPlaceholder(cidr) ? [cidr] : WORLD).map((block) => ({
          ipBlock: { cidr: block },
        }));
      }
      const wide: Members = {};
      for (const name of ["podSelector", "namespaceSelector"])
        if (peer[name] !== undefined) wide[name] = widenedKubernetesSelector(peer[name]);
      return [anyNamespace && wide.namespaceSelector === undefined ? { ...wide, namespaceSelector: {} } : wide];
    });
  }
  if (Array.isArray(rule.ports)) {
    result.ports = rule.ports.map((port: unknown) => {
      if (!hasPlaceholder(port)) return port;
      const protocol = isRecord(port) && !hasPlaceholder(port.protocol) ? port.protocol : undefined;
      return protocol === undefined ? {} : { protocol };
    });
    const isAny = rule.ports.some((port) => isRecord(port) && hasPlaceholder(port.protocol));
    if (isAny) delete result.ports;
  }
  return result;
}

/** A Kubernetes selector of pods or of namespaces, at its broadest. */
function widenedKubernetesSelector(selector: unknown): Members {
  const { matchLabels, matchExpressions } = widenedSelector(selector);
  const expressions = Array.isArray(matchExpressions) ? matchExpressions : [];
  return {
    ...(matchLabels !== undefined && { matchLabels }),
    matchExpressions: expressions.filter((expression) => isRecord(expression) && expression.key !== NAMESPACE),
  };
}
