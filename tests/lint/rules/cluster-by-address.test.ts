import { clusterByAddress } from "../../../lib/lint/rules/cluster-by-address";
import { made, server, testLinkerdRule } from "../linkerd-tester";

testLinkerdRule(clusterByAddress, {
  finds: [
    {
      what: "an accessPolicy for the cluster",
      objects: [server("port: 8080, accessPolicy: cluster-unauthenticated")],
      finds: [["Server shop/http", "spec.accessPolicy", /applies to addresses in clusterNetworks/]],
    },
    {
      what: "a ServerAuthorization without networks",
      objects: [
        server(),
        made("ServerAuthorization", "{server: {name: http}, client: {unauthenticated: true}}", "m", "v1beta1"),
      ],
      finds: [["ServerAuthorization shop/m", "spec.client", /applies only to addresses in clusterNetworks/]],
    },
    {
      what: "pods whose addresses are in none of the clusterNetworks",
      objects: [
        server("port: 8080, accessPolicy: cluster-authenticated"),
        "{apiVersion: v1, kind: Node, metadata: {name: node-1}, spec: {podCIDR: 30.1.0.0/24, podCIDRs: [30.1.0.0/24]}}",
      ],
      finds: [
        ["Server shop/http", "spec.accessPolicy", /pods have addresses in 30.1.0.0\/24, which is in none of them/],
      ],
    },
    {
      what: "the same by the default policy of a pod",
      objects: [
        "{apiVersion: v1, kind: Pod, metadata: {name: api, namespace: shop, annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: cluster-authenticated}}, spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}",
        "{apiVersion: v1, kind: Node, metadata: {name: node-1}, spec: {podCIDR: 30.1.0.0/24, podCIDRs: [30.1.0.0/24]}}",
      ],
      finds: [
        ["Pod shop/api", "", /port 80 is under the default inbound policy for clusterNetworks.* they are refused/],
      ],
    },
    {
      what: "pods whose addresses are in one of them",
      objects: [
        server("port: 8080, accessPolicy: cluster-authenticated"),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: cilium-config, namespace: kube-system}, data: {cluster-pool-ipv4-cidr: 10.0.0.0/8}}",
      ],
      finds: [["Server shop/http", "spec.accessPolicy", /not to pods of the cluster$/]],
    },
  ],
  passes: [
    {
      what: "a default policy for the cluster, with pods in its networks",
      objects: [
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {config.linkerd.io/default-inbound-policy: cluster-authenticated}}}",
      ],
    },
    { what: "all meshed clients", objects: [server("port: 8080, accessPolicy: all-authenticated")] },
    {
      what: "a ServerAuthorization with networks",
      objects: [
        server(),
        made(
          "ServerAuthorization",
          "{server: {name: http}, client: {networks: [{cidr: 10.0.0.0/8}], unauthenticated: true}}",
          "m",
          "v1beta1",
        ),
      ],
    },
  ],
});
