// Two workloads in the mesh, and a fence that lets one call the other. The cluster has Cilium and Linkerd.
package main

import (
	"github.com/meshfence/pulumi-meshfence/sdk/go/meshfence"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func workload(name string) *meshfence.WorkloadArgs {
	return &meshfence.WorkloadArgs{
		Name:      name,
		Namespace: "shop",
		Endpoints: meshfence.EndpointSelectorArgs{MatchLabels: map[string]string{"app": name}},
	}
}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		// The context has to be named: nothing here may change whichever cluster happens to be the current one.
		cluster, err := kubernetes.NewProvider(ctx, "cluster", &kubernetes.ProviderArgs{
			Context: pulumi.String(config.Require(ctx, "context")),
		})
		if err != nil {
			return err
		}
		port := 8080.0
		fence, err := meshfence.NewFence(ctx, "fence", &meshfence.FenceArgs{
			TransportMode: meshfence.TransportModeTransparent,
			Edges: []meshfence.FenceEdgeArgs{{
				From:  workload("client"),
				To:    workload("web"),
				Ports: []meshfence.PortArgs{{Number: &port, Protocol: meshfence.ProtocolTcp}},
			}},
		}, pulumi.Providers(cluster))
		if err != nil {
			return err
		}
		_, err = meshfence.NewInjection(ctx, "injection", &meshfence.InjectionArgs{
			Namespace:   "shop",
			Deployments: []string{"client", "web"},
		}, pulumi.Providers(cluster), pulumi.DependsOn([]pulumi.Resource{fence}))
		if err != nil {
			return err
		}
		ctx.Export("policyNames", fence.PolicyNames)
		return nil
	})
}
