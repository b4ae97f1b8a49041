import manifest from "../../package.json";

/** The address of the repository, as people open it. */
export const repository = manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");

/** What the Pulumi Registry shows about a package besides its components, from package.json where possible. */
export function registryFacts() {
  return {
    displayName: "meshfence",
    // The Registry's list shows it without a title, so it includes the name.
    description: `${manifest.name}: ${manifest.description}`,
    publisher: "meshfence",
    repository,
    homepage: manifest.homepage,
    license: manifest.license,
    keywords: [
      "pulumi",
      "kind/component",
      "category/network",
      ...manifest.keywords.filter((word) => word !== "pulumi"),
    ],
    logoUrl: `${repository.replace("github.com", "raw.githubusercontent.com")}/main/docs/logo.svg`,
    // Where Pulumi downloads the plugin if a program only names the package: the argument of `pulumi package add`, as an address.
    pluginDownloadURL: `${repository.replace(/^https:/, "git:")}/lib/plugin`,
  };
}

/** The committed schema: the plugin's own, plus what the Pulumi Registry shows. */
export function publishedSchema({ name, version, description: _, ...rest }: { [member: string]: unknown }): {
  [member: string]: unknown;
} {
  return { name, version, ...registryFacts(), ...rest };
}
