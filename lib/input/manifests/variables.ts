import { isPeerField } from "../../cilium/api/peer-lists";
import type { Unseen } from "../../common/unseen";
import { policyKind } from "../../linkerd/api/object";
import { describeObject, groupOf, type KubernetesObject, policyKinds, templatePath } from "./objects";
import { isRecord, memberAt } from "./shape";

/** `${NAME}`, `${NAME:=default}`: what Flux and envsubst fill in before anything is applied. */
const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-=])([^${}]*))?\}/g;

/**
 * An object of which some values are known only to whoever fills variables in. A variable that has a default has it. Of a policy, what depends
 * on the others is taken out: a peer, a port or a rule, or all of it where the variable is in what it selects; the rest is decided. What is
 * taken out is not seen.
 *
 * @returns nothing in the place of `object` where nothing of it can be decided
 */
export function withoutVariables(object: KubernetesObject): { object?: KubernetesObject; unseen?: Unseen } {
  if (!mentions(object.value)) return { object };
  const names = new Set<string>();
  const value = filled(object.value, names) as Record<string, unknown>;
  const document = { ...object.document, value };
  const known: KubernetesObject = { ...object, value, document };
  if (names.size === 0) return { object: known };
  const isPolicy = (policyKinds as readonly string[]).includes(object.kind) || isKubernetesPolicy(object);
  const reason = (what: string) =>
    `${what} on ${[...names].map((name) => `\${${name}}`).join(", ")}, which is not known`;
  const unseen = (what: string): Unseen => ({
    file: document.file,
    line: document.position([]).line,
    object: describeObject(object),
    reason: reason(what),
    fix: "Give what is applied: the output of `flux build`, of `envsubst`, or the values in a ConfigMap",
  });
  if (policyKind(value) !== undefined) {
    const { object: part, isWhole } = withoutHostnames(known);
    if (mentions(part.value.spec) || mentions([object.name, object.namespace]))
      return { unseen: unseen("what it says depends") };
    return { object: part, ...(!isWhole && { unseen: unseen("a part of it depends") }) };
  }
  const decisive = isPolicy ? [] : decisiveIn(object.kind, value);
  if (!isPolicy && decisive === undefined) return { object: known };
  if (mentions([object.name, object.namespace])) return { unseen: unseen("what it is called depends") };
  if (!isPolicy) {
    return { object: known, ...(mentions(decisive) && { unseen: unseen("what others know it by depends") }) };
  }
  const spec = decided(value.spec, isKubernetesPolicy(object));
  const specs = Array.isArray(value.specs) ? value.specs.map((one) => decided(one, false)) : undefined;
  if (spec === undefined || specs?.includes(undefined)) return { unseen: unseen("whom it selects depends") };
  const rest = { ...value, ...(value.spec !== undefined && { spec }), ...(specs !== undefined && { specs }) };
  return {
    object: { ...known, value: rest, document: { ...document, value: rest } },
    unseen: unseen("a part of it depends"),
  };
}

/**
 * A route without host names that are not known. To a Gateway they only say which requests are its own; to Linkerd they decide, so that one which
 * is about a Server or a Service is not whole without them.
 */
function withoutHostnames(object: KubernetesObject): { object: KubernetesObject; isWhole: boolean } {
  const { value, document } = object;
  const { spec } = value;
  if (!isRecord(spec) || !mentions(spec.hostnames)) return { object, isWhole: true };
  const { hostnames: _, ...rest } = spec;
  const parents = Array.isArray(spec.parentRefs) ? spec.parentRefs : [];
  const isWhole = parents.every((parent) => [undefined, "Gateway"].includes(memberAt(parent, ["kind"]) as string));
  const kept = { ...value, spec: rest };
  return { object: { ...object, value: kept, document: { ...document, value: kept } }, isWhole };
}

/** What of an object decides who can talk to whom; undefined of a kind of which nothing does. */
function decisiveIn(kind: string, value: unknown): unknown[] | undefined {
  if (kind === "Service") return [memberAt(value, ["spec", "selector"]), memberAt(value, ["spec", "ports"])];
  if (kind === "Namespace") return [memberAt(value, ["metadata"])];
  if (kind === "CiliumCIDRGroup") return [memberAt(value, ["spec"]), memberAt(value, ["metadata", "labels"])];
  const path = templatePath[kind];
  if (path === undefined) return undefined;
  const template = memberAt(value, path);
  const containers = memberAt(template, ["spec", "containers"]);
  const ports = (Array.isArray(containers) ? containers : []).map((container: unknown) =>
    memberAt(container, ["ports"]),
  );
  return [
    memberAt(template, ["metadata", "labels"]),
    memberAt(template, ["metadata", "annotations", "linkerd.io/inject"]),
    memberAt(template, ["spec", "serviceAccountName"]),
    ...ports,
  ];
}

const isKubernetesPolicy = (object: KubernetesObject) =>
  object.kind === "NetworkPolicy" && groupOf(object.apiVersion) === "networking.k8s.io";

function mentions(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${") && new RegExp(variable).test(value);
  if (Array.isArray(value)) return value.some(mentions);
  return isRecord(value) && Object.entries(value).some(([key, member]) => mentions(key) || mentions(member));
}

/** With the defaults in their places; the names of the variables without one are added to `names`. */
function filled(value: unknown, names: Set<string>): unknown {
  if (typeof value === "string") {
    return value.replaceAll(
      variable,
      (whole, name: string, operator: string | undefined, standard: string | undefined) => {
        if (operator !== undefined) return standard ?? "";
        names.add(name);
        return whole;
      },
    );
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, names));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, filled(member, names)]));
}

/** A policy's spec without what depends on a variable; undefined where that is whom it selects. */
function decided(spec: unknown, isKubernetes: boolean): unknown {
  if (!isRecord(spec) || !mentions(spec)) return spec ?? {};
  const result: Record<string, unknown> = { ...spec };
  for (const direction of ["ingress", "egress"] as const) {
    const nobody = { [direction === "ingress" ? "fromEntities" : "toEntities"]: ["none"] };
    for (const list of [direction, `${direction}Deny`]) {
      const rules = spec[list];
      if (!Array.isArray(rules)) continue;
      const kept = rules.map((rule) => decidedRule(rule));
      // A rule for nobody keeps the places of the others, and the policy's default deny.
      result[list] = isKubernetes ? kept.filter((rule) => rule !== undefined) : kept.map((rule) => rule ?? nobody);
    }
  }
  if (isKubernetes && result.policyTypes === undefined) {
    result.policyTypes = ["Ingress", ...(Array.isArray(spec.egress) && spec.egress.length > 0 ? ["Egress"] : [])];
  }
  return mentions(result) ? undefined : result;
}

/** Lists of peers: those of Cilium's policies, and `from` and `to` of Kubernetes'. */
const isPeerList = (key: string) => key === "from" || key === "to" || isPeerField(key);

/** Undefined where nothing of the rule is known. */
function decidedRule(rule: unknown): unknown {
  if (!isRecord(rule) || !mentions(rule)) return rule;
  const result: Record<string, unknown> = { ...rule };
  for (const [key, value] of Object.entries(rule)) {
    if (!mentions(value)) continue;
    const kept = Array.isArray(value)
      ? key === "toPorts" || key === "ports"
        ? decidedPorts(value)
        : isPeerList(key)
          ? value.filter((item) => !mentions(item))
          : []
      : [];
    // Without any left, the rule would be for everyone.
    if (kept.length === 0) return undefined;
    result[key] = kept;
  }
  return result;
}

function decidedPorts(entries: readonly unknown[]): unknown[] {
  return entries.flatMap((entry) => {
    if (!mentions(entry)) return [entry];
    if (!isRecord(entry) || !Array.isArray(entry.ports)) return [];
    const { ports, ...rest } = entry;
    const kept = ports.filter((port) => !mentions(port));
    return kept.length === 0 || mentions(rest) ? [] : [{ ...rest, ports: kept }];
  });
}
