// Two workloads in the mesh, and a fence that lets one call the other. The cluster has Cilium and Linkerd.
using System.Collections.Generic;
using Meshfence.Meshfence;
using Meshfence.Meshfence.Inputs;
using Pulumi;
using Kubernetes = Pulumi.Kubernetes;

return await Deployment.RunAsync(() =>
{
    // The context has to be named: nothing here may change whichever cluster happens to be the current one.
    var cluster = new Kubernetes.Provider("cluster", new Kubernetes.ProviderArgs
    {
        Context = new Config().Require("context"),
    });

    static WorkloadArgs Named(string name) => new WorkloadArgs
    {
        Name = name,
        Namespace = "shop",
        Endpoints = new EndpointSelectorArgs { MatchLabels = { ["app"] = name } },
    };

    var fence = new Fence("fence", new FenceArgs
    {
        TransportMode = TransportMode.Transparent,
        Edges =
        {
            new FenceEdgeArgs
            {
                From = Named("client"),
                To = Named("web"),
                Ports = { new PortArgs { Number = 8080, Protocol = Protocol.Tcp } },
            },
        },
    }, new ComponentResourceOptions { Providers = { cluster } });

    new Injection("injection", new InjectionArgs
    {
        Namespace = "shop",
        Deployments = { "client", "web" },
    }, new ComponentResourceOptions { Providers = { cluster }, DependsOn = { fence } });

    return new Dictionary<string, object?> { ["policyNames"] = fence.PolicyNames };
});
