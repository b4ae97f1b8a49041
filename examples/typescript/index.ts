import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Endpoints, Fence, Injection, Port, TransportMode } from "meshfence";

// Name the context, so that nothing here changes whichever cluster happens to be the current one.
const cluster = new kubernetes.Provider("cluster", { context: new pulumi.Config().require("context") });

const workload = (name: string) => ({ name, namespace: "shop", endpoints: Endpoints.labels({ app: name }) });

const fence = new Fence(
  "fence",
  {
    transportMode: TransportMode.Transparent,
    edges: [{ from: workload("client"), to: workload("web"), ports: [Port.tcp(8080)] }],
  },
  { providers: [cluster] },
);
new Injection(
  "injection",
  { namespace: "shop", deployments: ["client", "web"] },
  { providers: [cluster], dependsOn: fence },
);

export const { policyNames } = fence;
