import manifest from "../../package.json";

/** The address of the repository, as people open it. */
export const repository = manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");

/** What the Pulumi Registry shows of a package beside its components. What package.json says, too, is taken from there. */
export function registryFacts() {
  return {
    displayName: "meshfence",
    // The Registry's list shows it without a title, so it says the name.
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
    // Where Pulumi gets the plugin from when a program names the package alone: what `pulumi package add` takes, as an address.
    pluginDownloadURL: `${repository.replace(/^https:/, "git:")}/lib/plugin`,
  };
}

/** The committed schema: what the plugin answers with, with what the Pulumi Registry wants to know beside it. */
export function publishedSchema({ name, version, description: _, ...rest }: { [member: string]: unknown }): {
  [member: string]: unknown;
} {
  return { name, version, ...registryFacts(), ...rest };
}
