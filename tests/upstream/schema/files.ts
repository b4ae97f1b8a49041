import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { pinned } from "../../../lib/common/versions";
import type { Schema } from "../../../lib/kubernetes/schema/schema";
import { emitSchemas } from "./emit";
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

const policyNames = {
  ".spec": "rule",
  ".spec.ingress[]": "ingressRule",
  ".spec.ingressDeny[]": "ingressDenyRule",
  ".spec.egress[]": "egressRule",
  ".spec.egressDeny[]": "egressDenyRule",
  ".spec.endpointSelector": "labelSelector",
  ".spec.endpointSelector.matchExpressions[]": "labelExpression",
  ".spec.ingress[].fromCIDRSet[]": "cidrRule",
  ".spec.ingress[].toPorts[]": "portRule",
  ".spec.ingress[].toPorts[].ports[]": "portProtocol",
  ".spec.ingress[].toPorts[].rules": "l7Rules",
  ".spec.ingress[].toPorts[].rules.http[]": "httpRule",
  ".spec.ingress[].icmps[]": "icmpRule",
  ".spec.egress[].toFQDNs[]": "fqdnSelector",
  ".spec.egress[].toServices[]": "serviceSelector",
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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
