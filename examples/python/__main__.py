"""Two workloads in the mesh, and a fence that lets one call the other. The cluster has Cilium and Linkerd."""

import meshfence_meshfence as meshfence
import pulumi
import pulumi_kubernetes as kubernetes

# The context has to be named: nothing here may change whichever cluster happens to be the current one.
cluster = kubernetes.Provider("cluster", context=pulumi.Config().require("context"))


def workload(name: str) -> meshfence.WorkloadArgs:
    return meshfence.WorkloadArgs(
        name=name,
        namespace="shop",
        endpoints=meshfence.EndpointSelectorArgs(match_labels={"app": name}),
    )


fence = meshfence.Fence(
    "fence",
    transport_mode=meshfence.TransportMode.TRANSPARENT,
    edges=[
        meshfence.FenceEdgeArgs(
            from_=workload("client"),
            to=workload("web"),
            ports=[meshfence.PortArgs(number=8080, protocol=meshfence.Protocol.TCP)],
        )
    ],
    opts=pulumi.ResourceOptions(providers=[cluster]),
)
meshfence.Injection(
    "injection",
    namespace="shop",
    deployments=["client", "web"],
    opts=pulumi.ResourceOptions(providers=[cluster], depends_on=[fence]),
)

pulumi.export("policyNames", fence.policy_names)
