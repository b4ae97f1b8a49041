import { createHash } from "node:crypto";
import type { RegisterPackageRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { PackageReference } from "./recording";

/** The packages that a program registered by reference, as generated SDKs of parameterized providers do. */
export class Packages {
  private readonly byReference = new Map<string, PackageReference>();

  /** Returns the same reference for the same package in every run. */
  register(request: RegisterPackageRequest): string {
    // An extension only adds types to a provider; a parameterization turns it into another package.
    const parameters = request.getParameterization();
    const described: PackageReference = {
      name: request.getName(),
      version: request.getVersion() || undefined,
      downloadUrl: request.getDownloadUrl() || undefined,
      parameterization: parameters && {
        name: parameters.getName(),
        version: parameters.getVersion(),
        value: parameters.getValue_asB64(),
      },
    };
    const extension = request.getExtension$()?.toObject();
    const content = JSON.stringify([described, extension]);
    const reference = createHash("sha256").update(content).digest("hex").slice(0, 32);
    this.byReference.set(reference, described);
    return reference;
  }

  /** @throws Error if the program never registered the reference */
  get(reference: string): PackageReference {
    const found = this.byReference.get(reference);
    if (found === undefined) throw new Error(`unknown package reference "${reference}"`);
    return found;
  }
}

/**
 * The name of the default provider for a version of a package.
 * Source: `ProviderRequest.DefaultName` of the Pulumi engine.
 */
export function defaultProviderName(version: string | undefined, downloadUrl: string | undefined): string {
  const parts = ["default"];
  if (version) parts.push(...version.split(/[.+-]/));
  if (downloadUrl) parts.push(downloadUrl.replace(/[^A-Za-z0-9_.]/g, "_"));
  return parts.join("_");
}
