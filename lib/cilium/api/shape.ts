import { type Path, type Problem, problem } from "../../common/problem";

/**
 * The types of a policy's members. The API server rejects a policy of another shape, and so does Cilium's JSON decoder. Unknown
 * members are dropped by both; `null` is as good as absent, except for a selector, where Cilium reads it as `{}`.
 */
type Shape =
  | "string"
  | "integer"
  | "boolean"
  | "integer or string"
  | "anything"
  | { list: Shape }
  | { map: Shape }
  | Members;
interface Members {
  members: Readonly<Record<string, Shape>>;
}

const SELECTOR: Shape = {
  members: {
    matchLabels: { map: "string" },
    matchExpressions: { list: { members: { key: "string", operator: "string", values: { list: "string" } } } },
  },
};
const PORT: Shape = { members: { port: "string", endPort: "integer", protocol: "string" } };
const FQDN: Shape = { members: { matchName: "string", matchPattern: "string" } };
const ICMPS: Shape = {
  list: { members: { fields: { list: { members: { family: "string", type: "integer or string" } } } } },
};
const HTTP: Shape = {
  members: {
    path: "string",
    method: "string",
    host: "string",
    headers: { list: "string" },
    headerMatches: { list: { members: { name: "string", value: "string", mismatch: "string" } } },
  },
};
const CIDR_RULE: Shape = {
  members: { cidr: "string", cidrGroupRef: "string", cidrGroupSelector: SELECTOR, except: { list: "string" } },
};
const PORT_RULE: Shape = {
  members: {
    ports: { list: PORT },
    serverNames: { list: "string" },
    rules: { members: { http: { list: HTTP }, dns: { list: FQDN } } },
    listener: {
      members: { name: "string", priority: "integer", envoyConfig: { members: { kind: "string", name: "string" } } },
    },
  },
};
const PORT_DENY_RULE: Shape = { members: { ports: { list: PORT } } };
const AUTHENTICATION: Shape = { members: { mode: "string" } };
const SERVICE: Shape = {
  members: {
    k8sService: { members: { serviceName: "string", namespace: "string" } },
    k8sServiceSelector: { members: { selector: SELECTOR, namespace: "string" } },
  },
};

const FROM: Readonly<Record<string, Shape>> = {
  fromEndpoints: { list: SELECTOR },
  fromRequires: { list: "string" },
  fromCIDR: { list: "string" },
  fromCIDRSet: { list: CIDR_RULE },
  fromEntities: { list: "string" },
  fromGroups: { list: { members: {} } },
  fromNodes: { list: SELECTOR },
  icmps: ICMPS,
};
const TO: Readonly<Record<string, Shape>> = {
  toEndpoints: { list: SELECTOR },
  toRequires: { list: "string" },
  toCIDR: { list: "string" },
  toCIDRSet: { list: CIDR_RULE },
  toEntities: { list: "string" },
  toServices: { list: SERVICE },
  toGroups: { list: { members: {} } },
  toNodes: { list: SELECTOR },
  icmps: ICMPS,
};

const RULE: Shape = {
  members: {
    endpointSelector: SELECTOR,
    nodeSelector: SELECTOR,
    ingress: { list: { members: { ...FROM, toPorts: { list: PORT_RULE }, authentication: AUTHENTICATION } } },
    ingressDeny: { list: { members: { ...FROM, toPorts: { list: PORT_DENY_RULE } } } },
    egress: {
      list: {
        members: { ...TO, toFQDNs: { list: FQDN }, toPorts: { list: PORT_RULE }, authentication: AUTHENTICATION },
      },
    },
    egressDeny: { list: { members: { ...TO, toPorts: { list: PORT_DENY_RULE } } } },
    enableDefaultDeny: { members: { ingress: "boolean", egress: "boolean" } },
    labels: { list: "anything" },
    description: "string",
    log: { members: { value: "string" } },
  },
};

/** What of a rule is of the wrong type, each with its path below `path`. */
export function ruleShapeProblems(rule: unknown, path: Path): Problem[] {
  return problems(rule, RULE, path);
}

function problems(value: unknown, shape: Shape, path: Path): Problem[] {
  if (value === null || value === undefined || shape === "anything") return [];
  if (typeof shape === "string")
    return scalarFits(value, shape)
      ? []
      : [problem("wrong-type", path, `must be ${article(shape)}, not ${describe(value)}`)];
  if ("list" in shape) {
    if (!Array.isArray(value)) return [problem("wrong-type", path, `must be a list, not ${describe(value)}`)];
    return value.flatMap((item, index) => problems(item, shape.list, [...path, index]));
  }
  if (typeof value !== "object" || Array.isArray(value))
    return [problem("wrong-type", path, `must be a mapping, not ${describe(value)}`)];
  return Object.entries(value).flatMap(([key, member]) => {
    const below = "map" in shape ? shape.map : Object.hasOwn(shape.members, key) ? shape.members[key] : undefined;
    return below === undefined ? [] : problems(member, below, [...path, key]);
  });
}

function scalarFits(value: unknown, shape: Exclude<Shape, object>): boolean {
  switch (shape) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "integer or string":
      return typeof value === "string" || Number.isInteger(value);
    case "anything":
      return true;
  }
}

function article(shape: string): string {
  return /^[aeiou]/.test(shape) ? `an ${shape}` : `a ${shape}`;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the string "${value}"` : `the ${typeof value} ${String(value)}`;
}
