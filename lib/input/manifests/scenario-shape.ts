import { LabelOperator } from "../../kubernetes/label-selector";
import { DEFAULT_POLICIES } from "../../linkerd/api/default-policy";
import { RESERVED_NAMES } from "../../scenario/problems";
import { TransportMode } from "../../scenario/transport-mode";
import { any, boolean, integer, list, mapOf, object, oneOfWords, type Shape, string } from "./shape";

const portNumber = integer(1, 65535);
const protocol = oneOfWords("TCP", "UDP", "SCTP");
const flowProtocol = oneOfWords("TCP", "UDP", "SCTP", "ICMP", "ICMPv6");

const probe = object({
  httpGet: object({ path: string, port: { type: "integerOrString" } }, { required: ["port"] }),
  grpc: object({ port: portNumber }, { required: ["port"] }),
});

/** The members of a container that affect Linkerd's authorization at its ports. */
const containerShape = object({
  ports: list(object({ name: string, containerPort: portNumber, protocol }, { required: ["containerPort"] })),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
});

const endpointShape = object(
  {
    id: string,
    namespace: string,
    labels: mapOf(string),
    serviceAccount: string,
    cluster: string,
    ports: list(
      object({ name: string, port: portNumber, protocol: flowProtocol, standsFor: string }, { required: ["port"] }),
    ),
    ip: string,
    fqdn: string,
    reserved: list(oneOfWords(...RESERVED_NAMES), { min: 1 }),
    mesh: object(
      {
        injected: boolean,
        injectionSkipped: string,
        outdated: list(string),
        skipInboundPorts: list(portNumber),
        skipOutboundPorts: list(portNumber),
        skipSubnets: list(string),
        directPorts: list(portNumber),
        opaquePorts: list(portNumber),
        inboundPort: portNumber,
        meshedPorts: list(portNumber),
      },
      { required: ["injected"] },
    ),
    external: object(
      {
        namespace: string,
        labels: mapOf(string),
        annotations: mapOf(string),
        identity: string,
        hasService: boolean,
      },
      { required: ["namespace", "identity"] },
    ),
    linked: object({ cluster: string, service: string }, { required: ["cluster"] }),
    several: boolean,
    nodeLabels: mapOf(string),
    isNodeKnown: boolean,
    hostNetwork: object({ labels: mapOf(string) }, { required: ["labels"] }),
    inbound: object({ annotations: mapOf(string), containers: list(containerShape) }),
  },
  { required: ["id"] },
);

const flowShape = object(
  { from: string, to: string, proto: flowProtocol, port: integer(0, 65535) },
  { required: ["from", "to", "port"] },
);

const servicePortShape = object(
  { port: portNumber, targetPort: { type: "integerOrString" }, protocol },
  { required: ["port"] },
);

/** The settings that may differ between agents. */
const nodeFacts = {
  ipv6: boolean,
  l7Proxy: boolean,
  cidrMatchMode: list(oneOfWords("nodes", "pods")),
  policyEnforcement: oneOfWords("default", "always", "never"),
  auditMode: boolean,
  hostFirewall: boolean,
  policyDefaultLocalCluster: boolean,
};

const nodeSelector = object({
  matchLabels: mapOf(string),
  matchExpressions: list(
    object(
      { key: string, operator: oneOfWords(...Object.values(LabelOperator)), values: list(string) },
      { required: ["key", "operator"] },
    ),
  ),
});

/** The shape of a scenario file. `readScenario` checks what a shape cannot express. */
export const scenarioShape: Shape = object(
  {
    cluster: object({
      ...nodeFacts,
      name: string,
      ipv4: boolean,
      mutualAuthentication: boolean,
      servesGateways: boolean,
      labels: list(string),
    }),
    nodeSettings: list(
      object(
        { description: string, nodeSelector, cluster: object(nodeFacts), uncertain: boolean },
        { required: ["description", "nodeSelector", "cluster"] },
      ),
    ),
    namespaces: list(object({ name: string, labels: mapOf(string) }, { required: ["name"] })),
    services: list(
      object(
        {
          name: string,
          namespace: string,
          labels: mapOf(string),
          selector: mapOf(string),
          backends: list(string),
          unseenBackends: boolean,
          ports: list(servicePortShape),
        },
        { required: ["name", "namespace"] },
      ),
    ),
    unseenServices: boolean,
    cidrGroups: list(
      object({ name: string, labels: mapOf(string), cidrs: list(string) }, { required: ["name", "cidrs"] }),
    ),
    endpoints: list(endpointShape),
    flows: list(flowShape),
    mesh: object({
      transportMode: oneOfWords(...Object.values(TransportMode)),
      authorization: object(
        {
          objects: list(any),
          defaultPolicy: oneOfWords(...DEFAULT_POLICIES),
          clusterNetworks: list(string),
          probeNetworks: list(string),
          egressNamespace: string,
          identityTrustDomain: string,
          controlPlaneNamespace: string,
        },
        { required: ["objects"] },
      ),
    }),
  },
  { required: ["endpoints"] },
);
