import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import { type Draft, defaultProvider } from "./draft";
import { madeUpId } from "./made-up-id";
import type { MonitorOptions } from "./options";
import { defaultProviderName } from "./packages";
import type { PackageReference, Registration } from "./recording";
import type { Resources } from "./resources";
import { packageOf, providerUrn } from "./urn";
import { type Properties, Secret } from "./values";
import { unknownOnWire } from "./wire";

/** Determines the provider that manages a resource: its own, one inherited from its parent, or its package's default one. */
export class Providers {
  /** Provider references that components pass to their children, by URN and package. */
  private readonly ofComponents = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly resources: Resources,
    private readonly options: Pick<MonitorOptions, "mode" | "config" | "secretConfigKeys">,
  ) {}

  /** A child without a provider inherits its parent's if it is of the same package. */
  inherit(request: proto.RegisterResourceRequest, parent: Draft): void {
    const provider = parent.provider === undefined ? undefined : this.resources.get(parent.provider);
    if (request.getProvider() === "" && provider && packageOf(provider.type) === packageOf(request.getType())) {
      request.setProvider(this.reference(provider));
    }
  }

  /** The reference of the explicit provider; empty if there is none. */
  resolve(request: proto.RegisterResourceRequest): string {
    const package_ = packageOf(request.getType());
    return (
      request.getProvider() ||
      request.getProvidersMap().get(package_) ||
      this.ofComponents.get(request.getParent())?.get(package_) ||
      ""
    );
  }

  /** A component passes its own providers to its children, and its parent's for other packages. */
  handDown(request: proto.RegisterResourceRequest, urn: string): Registration["providers"] {
    const references = new Map(this.ofComponents.get(request.getParent()));
    for (const [name, reference] of request.getProvidersMap().entries()) references.set(name, reference);
    this.ofComponents.set(urn, references);
    return Object.fromEntries([...references].map(([name, reference]) => [name, providerUrn(reference)]));
  }

  /** URN of the default provider, which is registered with its first resource. */
  defaultFor(draft: Draft): string {
    const { name, version, downloadUrl, parameterization }: PackageReference = draft.package ?? {
      name: packageOf(draft.type),
      version: draft.version,
      downloadUrl: draft.pluginDownloadURL,
    };
    const type = `pulumi:providers:${parameterization?.name ?? name}`;
    const providerName = defaultProviderName(parameterization?.version ?? version, downloadUrl);
    const urn = this.resources.createUrn("", type, providerName);
    if (this.resources.get(urn) === undefined) {
      const provider = defaultProvider(urn, type, providerName, this.configOf(parameterization?.name ?? name));
      provider.version = version;
      provider.pluginDownloadURL = downloadUrl;
      provider.package = draft.package;
      this.resources.add(provider);
      provider.outputs = provider.inputs;
      provider.id = this.options.mode === "update" ? madeUpId(provider) : undefined;
    }
    return urn;
  }

  /** The stack's configuration for a package, which becomes its default provider's inputs. */
  private configOf(package_: string): Properties {
    const prefix = `${package_}:`;
    return Object.fromEntries(
      Object.entries(this.options.config)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [
          key.slice(prefix.length),
          this.options.secretConfigKeys.includes(key) ? new Secret(value) : value,
        ]),
    );
  }

  private reference(provider: Draft): string {
    return `${provider.urn}::${provider.id ?? unknownOnWire}`;
  }
}
