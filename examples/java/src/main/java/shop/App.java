package shop;

import com.meshfence.meshfence.Fence;
import com.meshfence.meshfence.FenceArgs;
import com.meshfence.meshfence.Injection;
import com.meshfence.meshfence.InjectionArgs;
import com.meshfence.meshfence.enums.Protocol;
import com.meshfence.meshfence.enums.TransportMode;
import com.meshfence.meshfence.inputs.EndpointSelectorArgs;
import com.meshfence.meshfence.inputs.FenceEdgeArgs;
import com.meshfence.meshfence.inputs.PortArgs;
import com.meshfence.meshfence.inputs.WorkloadArgs;
import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.kubernetes.Provider;
import com.pulumi.kubernetes.ProviderArgs;
import com.pulumi.resources.ComponentResourceOptions;
import java.util.Map;

/** Two workloads in the mesh, and a fence that lets one call the other. The cluster has Cilium and Linkerd. */
public final class App {
    public static void main(String[] args) {
        Pulumi.run(App::shop);
    }

    private static void shop(Context ctx) {
        // The context has to be named: nothing here may change whichever cluster happens to be the current one.
        var cluster = new Provider("cluster", ProviderArgs.builder()
            .context(ctx.config().require("context"))
            .build());

        var fence = new Fence("fence", FenceArgs.builder()
            .transportMode(TransportMode.Transparent)
            .edges(FenceEdgeArgs.builder()
                .from(workload("client"))
                .to(workload("web"))
                .ports(PortArgs.builder().number(8080.0).protocol(Protocol.Tcp).build())
                .build())
            .build(),
            ComponentResourceOptions.builder().providers(cluster).build());

        new Injection("injection", InjectionArgs.builder()
            .namespace("shop")
            .deployments("client", "web")
            .build(),
            ComponentResourceOptions.builder().providers(cluster).dependsOn(fence).build());

        ctx.export("policyNames", fence.policyNames());
    }

    private static WorkloadArgs workload(String name) {
        return WorkloadArgs.builder()
            .name(name)
            .namespace("shop")
            .endpoints(EndpointSelectorArgs.builder().matchLabels(Map.of("app", name)).build())
            .build();
    }
}
