import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { pinned } from "../../../lib/common/versions";
import type { Schema } from "../../../lib/kubernetes/schema/schema";
import { childrenOf, emitSchemas } from "./emit";
import { emitTypes, type TypeNames } from "./emit-types";
import { type OpenApi, structural } from "./structural";

export interface GeneratedFile {
  /** From the repository's root. */
  file: string;
  content: string;
}

/** Where the sources of a Go module are. */
export type ModuleDirectory = (module: string, version: string) => string;

interface Definition {
  spec: {
    group: string;
    scope: "Namespaced" | "Cluster";
    names: { kind: string };
    versions: {
      name: string;
      served: boolean;
      subresources?: { status?: object };
      schema: { openAPIV3Schema: OpenApi };
    }[];
  };
}

/** The Gateway API that Linkerd's chart of CRDs installs (`bundle-version` in its templates), from the experimental channel. */
export const GATEWAY_API = "v1.1.1";

/** The API of ClusterNetworkPolicy that Cilium's agent is built with (its `go.mod`). */
export const NETWORK_POLICY_API = "v0.2.0";

/** What parts of a policy are called, in schema and types. */
const policyTypes: TypeNames = {
  interfaces: {
    ".spec": {
      name: "Rule",
      doc: "Exactly one of `endpointSelector` and `nodeSelector`; `nodeSelector` only in a clusterwide policy.",
    },
    ".spec.ingress[]": {
      name: "IngressRule",
      doc: "At most one peer field may be set; `toPorts` and `icmps` exclude each other.",
    },
    ".spec.ingressDeny[]": { name: "IngressDenyRule" },
    ".spec.egress[]": {
      name: "EgressRule",
      doc: "At most one peer field may be set; `toPorts` and `icmps` exclude each other.",
    },
    ".spec.egressDeny[]": { name: "EgressDenyRule" },
    ".spec.ingress[].fromCIDRSet[]": {
      name: "CidrRule",
      doc: "Exactly one of `cidr`, `cidrGroupRef` and `cidrGroupSelector`.",
    },
    ".spec.ingress[].toPorts[]": { name: "PortRule" },
    ".spec.ingressDeny[].toPorts[]": { name: "PortDenyRule" },
    ".spec.ingress[].toPorts[].ports[]": {
      name: "PortProtocol",
      doc: 'A port is a number as text, or a name; `"0"` is any port. A protocol that is absent means `ANY`: TCP, UDP and SCTP.',
    },
    ".spec.ingress[].toPorts[].rules": { name: "L7Rules" },
    ".spec.ingress[].toPorts[].rules.http[]": { name: "HttpRule" },
    ".spec.ingress[].icmps[]": { name: "IcmpRule" },
    ".spec.egress[].toFQDNs[]": { name: "FqdnSelector" },
    ".spec.egress[].toServices[]": { name: "ServiceSelector" },
  },
  given: {},
};

/** The same for the schema's constants, and the selector, whose type is Kubernetes' own. */
const policyNames = {
  ...Object.fromEntries(
    Object.entries(policyTypes.interfaces).map(([at, { name }]) => [at, name.charAt(0).toLowerCase() + name.slice(1)]),
  ),
  ".spec.endpointSelector": "labelSelector",
};

export function ciliumFiles(directory: ModuleDirectory): GeneratedFile[] {
  const version = `v${pinned.cilium}`;
  const folder = path.join(directory("github.com/cilium/cilium", version), "pkg/k8s/apis/cilium.io/client/crds/v2");
  const read = (name: string) => definition(path.join(folder, `${name}.yaml`));
  const origin = `Cilium ${version}`;
  return [
    fileOf("lib/cilium/api/policy.schema.ts", origin, policyNames, {
      ciliumNetworkPolicy: read("ciliumnetworkpolicies"),
      ciliumClusterwideNetworkPolicy: read("ciliumclusterwidenetworkpolicies"),
    }),
    typesOf("lib/cilium/api/policy.types.ts", origin, read("ciliumnetworkpolicies")),
    fileOf("lib/cilium/api/cidr-group.schema.ts", origin, {}, { ciliumCidrGroup: read("ciliumcidrgroups") }),
  ];
}

export function gatewayFiles(directory: ModuleDirectory): GeneratedFile[] {
  const folder = path.join(directory("sigs.k8s.io/gateway-api", GATEWAY_API), "config/crd/experimental");
  const read = (name: string) => definition(path.join(folder, `gateway.networking.k8s.io_${name}.yaml`));
  const origin = `the Gateway API ${GATEWAY_API}, experimental channel`;
  return [
    fileOf(
      "lib/linkerd/api/schema/gateway-routes.schema.ts",
      origin,
      {},
      {
        gatewayHttpRoute: read("httproutes"),
        gatewayGrpcRoute: read("grpcroutes"),
      },
    ),
  ];
}

/** The experimental channel has the peers of the standard one, and two more, of which Cilium reads one. */
export function networkPolicyFiles(directory: ModuleDirectory): GeneratedFile[] {
  const folder = path.join(directory("sigs.k8s.io/network-policy-api", NETWORK_POLICY_API), "config/crd/experimental");
  return [
    fileOf(
      "lib/cilium/api/cluster-network-policy.schema.ts",
      `the Network Policy API ${NETWORK_POLICY_API}, experimental channel`,
      {},
      { clusterNetworkPolicy: definition(path.join(folder, "policy.networking.k8s.io_clusternetworkpolicies.yaml")) },
    ),
  ];
}

function definition(file: string): Definition {
  return parse(readFileSync(file, "utf8")) as Definition;
}

function fileOf(
  file: string,
  origin: string,
  names: Readonly<Record<string, string>>,
  definitions: Readonly<Record<string, Definition>>,
): GeneratedFile {
  const schemas: Record<string, Schema> = {};
  const resources: string[] = [];
  for (const [name, { spec }] of Object.entries(definitions)) {
    const versions = spec.versions.filter(({ served }) => served);
    const entries = versions.map((version) => {
      const schema = structural(version.schema.openAPIV3Schema, `${spec.names.kind} ${version.name}`);
      const known = Object.entries(schemas).find(([, other]) => JSON.stringify(other) === JSON.stringify(schema));
      const schemaName = known?.[0] ?? `${name}${versions.length > 1 ? capital(version.name) : ""}Schema`;
      schemas[schemaName] ??= schema;
      const status = version.subresources?.status === undefined ? "" : ", statusSubresource: true";
      return `${version.name}: { schema: ${schemaName}${status} }`;
    });
    resources.push(
      `export const ${name}: CustomResource = { group: ${JSON.stringify(spec.group)}, kind: ${JSON.stringify(spec.names.kind)}, ` +
        `namespaced: ${spec.scope === "Namespaced"}, versions: { ${entries.join(", ")} } };\n`,
    );
  }
  const depth = path.relative(path.dirname(file), "lib/kubernetes/schema/schema").replaceAll("\\", "/");
  const head = [
    `// Written by \`npm run schema:crds\` from the CRDs of ${origin}. Not to be edited.`,
    `import type { CustomResource, Schema } from "${depth}";`,
  ];
  const body = emitSchemas(schemas, names).replaceAll("export const", "const");
  return { file, content: `${head.join("\n")}\n\n${body}\n${resources.join("\n")}` };
}

/** The types of a policy's rule. */
function typesOf(file: string, origin: string, { spec }: Definition): GeneratedFile {
  const [version] = spec.versions;
  if (version === undefined) throw new Error(`${spec.names.kind} has no version`);
  const schema = structural(version.schema.openAPIV3Schema);
  const rule = schema.properties?.spec ?? {};
  const selector = JSON.stringify(rule.properties?.endpointSelector);
  const given = Object.fromEntries(placesOf(rule, ".spec", selector).map((at) => [at, "LabelSelector"]));
  const body = emitTypes({ properties: { spec: rule } }, { ...policyTypes, given });
  const head = [
    `// Written by \`npm run schema:crds\` from the CRDs of ${origin}. Not to be edited.`,
    'import type { LabelSelector } from "../../kubernetes/label-selector";',
  ];
  return { file, content: `${head.join("\n")}\n\n${body}` };
}

/** Where in a schema the same part stands. */
function placesOf(schema: Schema, path: string, part: string): string[] {
  if (JSON.stringify(schema) === part) return [path];
  return childrenOf(schema).flatMap(([step, child]) => placesOf(child, `${path}${step}`, part));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
