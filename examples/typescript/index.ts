import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Fence, Injection, Port, TransportMode, Workload } from "meshfence";

// Name the context, so that nothing here changes whichever cluster happens to be the current one.
const cluster = new kubernetes.Provider("cluster", { context: new pulumi.Config().require("context") });

const client = Workload.app("client", { namespace: "shop" });
const web = Workload.app("web", { namespace: "shop" });

const fence = new Fence(
  "fence",
  {
    transportMode: TransportMode.Transparent,
    edges: [{ from: client, to: web, ports: [Port.tcp(8080)] }],
  },
  { providers: [cluster] },
);
new Injection(
  "injection",
  { namespace: "shop", deployments: ["client", "web"] },
  { providers: [cluster], dependsOn: fence },
);

export const { policyNames } = fence;
