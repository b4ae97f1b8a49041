// Generates the SDKs of lib/plugin/schema.json with Pulumi's own generators, as `pulumi package add` does, and checks a program in YAML as
// Pulumi's language host for YAML does: every property of every resource against the schema. Of Kubernetes' SDK for Java, which is large, it
// generates what the program uses, the provider.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	dotnetgen "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	javagen "github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi-yaml/pkg/pulumiyaml"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if len(os.Args) != 4 {
		fail("usage: sdks SCHEMA OUT PROGRAM.yaml")
	}
	var spec schema.PackageSpec
	content, err := os.ReadFile(os.Args[1])
	check(err)
	check(json.Unmarshal(content, &spec))
	// The plugin's own answer does not say it, and from that `pulumi package add` generates: a Go module is then named by the namespace.
	spec.Repository = ""
	// The generator for C# fetches the logo. Nothing is fetched here from elsewhere.
	logo := httptest.NewServer(http.NotFoundHandler())
	defer logo.Close()
	spec.LogoURL = logo.URL
	generate := func(spec schema.PackageSpec, folder string, generator func(*schema.Package) (map[string][]byte, error)) {
		pkg := bind(spec)
		// As for every package that is generated beside a program.
		pkg.SupportPack = true
		files, err := generator(pkg)
		check(err)
		for name, text := range files {
			file := filepath.Join(os.Args[2], folder, name)
			check(os.MkdirAll(filepath.Dir(file), 0o755))
			check(os.WriteFile(file, text, 0o644))
		}
	}
	generate(spec, "go", func(pkg *schema.Package) (map[string][]byte, error) {
		return gogen.GeneratePackage("pulumi", pkg, nil)
	})
	generate(spec, "nodejs", func(pkg *schema.Package) (map[string][]byte, error) {
		return nodejs.GeneratePackage("pulumi", pkg, nil, nil, true, nil)
	})
	generate(spec, "python", func(pkg *schema.Package) (map[string][]byte, error) {
		return python.GeneratePackage("pulumi", pkg, nil, nil)
	})
	generate(spec, "csharp", func(pkg *schema.Package) (map[string][]byte, error) {
		return dotnetgen.GeneratePackage("pulumi", pkg, nil, nil)
	})
	java := func(pkg *schema.Package) (map[string][]byte, error) {
		return javagen.GeneratePackage("pulumi", pkg, nil, nil, true, false)
	}
	generate(spec, "java", java)
	generate(kubernetes(), "java-kubernetes", java)
	checkProgram(spec, os.Args[3])
}

func bind(spec schema.PackageSpec) *schema.Package {
	pkg, diagnostics, err := schema.BindSpec(spec, nil, schema.ValidationOptions{})
	check(err)
	if diagnostics.HasErrors() {
		fail(diagnostics.Error())
	}
	return pkg
}

func kubernetes() schema.PackageSpec {
	text := schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "string"}}
	return schema.PackageSpec{
		Name:    "kubernetes",
		Version: "4.0.0",
		Provider: schema.ResourceSpec{
			InputProperties: map[string]schema.PropertySpec{"kubeconfig": text, "context": text},
		},
	}
}

// The packages of the program: ours whole, and of Kubernetes' the provider alone, which is all that the program makes of it.
type loader map[string]schema.PackageSpec

func (l loader) LoadPackageReferenceV2(_ context.Context, d *schema.PackageDescriptor) (schema.PackageReference, error) {
	spec, known := l[d.Name]
	if !known {
		return nil, fmt.Errorf("the program takes the package %s", d.Name)
	}
	return bind(spec).Reference(), nil
}

func (l loader) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	return l.LoadPackageReferenceV2(context.Background(), &schema.PackageDescriptor{Name: name})
}

func (l loader) LoadPackageV2(ctx context.Context, d *schema.PackageDescriptor) (*schema.Package, error) {
	reference, err := l.LoadPackageReferenceV2(ctx, d)
	if err != nil {
		return nil, err
	}
	return reference.Definition()
}

func (l loader) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return l.LoadPackageV2(context.Background(), &schema.PackageDescriptor{Name: name})
}

func checkProgram(spec schema.PackageSpec, file string) {
	source, err := os.ReadFile(file)
	check(err)
	template, diagnostics, err := pulumiyaml.LoadYAMLBytes(file, source)
	check(err)
	if diagnostics.HasErrors() {
		fail(diagnostics.Error())
	}
	packages := pulumiyaml.NewPackageLoaderFromSchemaLoader(loader{"meshfence": spec, "kubernetes": kubernetes()})
	runner, diagnostics, err := pulumiyaml.PrepareTemplate(template, nil, packages)
	check(err)
	if diagnostics.HasErrors() {
		fail(diagnostics.Error())
	}
	if _, diagnostics = pulumiyaml.TypeCheck(runner); diagnostics.HasErrors() {
		fail(diagnostics.Error())
	}
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
