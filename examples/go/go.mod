module shop

go 1.26

require (
	github.com/meshfence/pulumi-meshfence/sdk/go v0.1.0
	github.com/pulumi/pulumi-kubernetes/sdk/v4 v4.32.0
	github.com/pulumi/pulumi/sdk/v3 v3.249.0
)

// `pulumi install` generates it.
replace github.com/meshfence/pulumi-meshfence/sdk/go => ./sdks/meshfence-meshfence
