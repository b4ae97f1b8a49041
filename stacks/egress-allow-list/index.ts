import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  Cilium,
  Endpoints,
  Linkerd,
  meshedEgress,
  NetworkPolicy,
  namespaceInjection,
  Peer,
  Podinfo,
  Port,
  SlowCooker,
} from "meshfence";

const config = new pulumi.Config();
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: config.getSecret("kubeconfig"),
  context: config.require("context"),
});

// Cilium learns a name's addresses from the DNS answers that pass its L7 proxy, so the proxy has to run. It only reads DNS:
// between meshed pods there is nothing to see but mTLS.
const cilium = new Cilium("cilium", { l7Proxy: true }, { provider });
const linkerd = new Linkerd("linkerd", { networkReady: cilium.ready }, { provider });

const name = "shop";
const namespace = new kubernetes.core.v1.Namespace(
  name,
  { metadata: { name, annotations: namespaceInjection() } },
  { provider },
);

// All pods of the namespace may talk to each other, to the mesh, and to what is on the list, and to nothing else.
const names = config.requireObject<string[]>("names").map((pattern) => Peer.fqdnPattern(pattern));
const blocks = config.requireObject<string[]>("blocks").map((block) => Peer.cidr(block));
const allowList = new NetworkPolicy(
  "egress-allow-list",
  {
    name: "egress-allow-list",
    namespace: name,
    endpointSelector: Endpoints.all(),
    egress: [
      { to: [Peer.ownNamespace()] },
      // Because the policy has names, it gets its own DNS rule, through Cilium's proxy.
      ...meshedEgress()
        .filter(({ id }) => id !== "dns")
        .map(({ peer, ports }) => ({ to: [peer], ports })),
      { to: [...names, ...blocks], ports: [Port.tcp(443)] },
    ],
  },
  { provider, dependsOn: [cilium, namespace] },
);

const workload = { namespace: name, podAnnotations: linkerd.podAnnotations };
const meshedAndFenced = { provider, dependsOn: [linkerd, allowList] };
const server = new Podinfo("server", workload, meshedAndFenced);
new SlowCooker("client", { ...workload, target: server.url }, meshedAndFenced);

export const policyNames = pulumi.all([allowList.namespace, allowList.policyName]).apply((parts) => [parts.join("/")]);
