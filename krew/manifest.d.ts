/** What of package.json goes into the plugin's manifest. */
export interface PackageManifest {
  version: string;
  description: string;
  homepage: string;
  repository: { url: string };
  engines: { node: string };
}
export const name: string;
export function archiveName(manifest: Pick<PackageManifest, "version">): string;
export function krewManifest(manifest: PackageManifest, sha256: string): string;
