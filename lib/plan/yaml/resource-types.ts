/** Components of Kubernetes' package: the provider creates their children. */
const kubernetesComponents = /^kubernetes:(yaml\/v2:Config(File|Group)|kustomize\/v2:Directory|helm\.sh\/v4:Chart)$/;

/** Packages whose resources are all or mostly components. */
const componentPackages = /^(meshfence|awsx|eks|kubernetes-[\w-]+):/;

/** The engine's name for a type that a YAML program may abbreviate. */
export function typeOf(written: string, inputs: Readonly<Record<string, unknown>>): string {
  const [pkg = "", module, name] = written.split(":");
  if (written === "kubernetes:apiextensions.k8s.io:CustomResource") {
    const { apiVersion, kind } = inputs;
    return typeof apiVersion === "string" && typeof kind === "string" ? `kubernetes:${apiVersion}:${kind}` : written;
  }
  if (pkg === "kubernetes" || pkg === "pulumi" || module === undefined) return written;
  const [own, plain] = name === undefined ? ["index", module] : [module, name];
  // Bridged packages have a module for each resource, which programs omit.
  const isBridged = !/^(meshfence|kubernetes|command|docker-build|awsx|eks)$/.test(pkg) && !own.includes("/");
  return isBridged && /^(random|tls)$/.test(pkg)
    ? `${pkg}:${own}/${lowered(plain)}:${plain}`
    : `${pkg}:${own}:${plain}`;
}

const lowered = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Whether a type is a component, whose children its package or provider creates. */
export const isComponent = (type: string, componentsOf: ReadonlySet<string>): boolean =>
  kubernetesComponents.test(type) || componentPackages.test(type) || componentsOf.has(type.split(":")[0] ?? "");

/** The members that the schema of Kubernetes' package gives a resource of a type. */
export function constantsOf(type: string): Record<string, string> {
  const [, module, name] = /^kubernetes:([^:]+):([^:]+)$/.exec(type) ?? [];
  if (module === undefined || name === undefined || !/^([\w.-]+\/)?v\d\w*$/.test(module)) return {};
  if (/^(yaml|kustomize|helm\.sh)\//.test(module)) return {};
  return { apiVersion: module.replace(/^core\//, ""), kind: name.replace(/(?<=.)Patch$/, "") };
}
