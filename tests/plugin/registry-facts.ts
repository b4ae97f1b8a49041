import manifest from "../../package.json";

/** The address of the repository, as people open it. */
export const repository = manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");

/** What the Pulumi Registry shows of a package beside its components. What package.json says, too, is taken from there. */
export function registryFacts() {
  return {
    displayName: "meshfence",
    publisher: "meshfence",
    repository,
    homepage: manifest.homepage,
    license: manifest.license,
    keywords: [
      "kind/component",
      "category/infrastructure",
      ...manifest.keywords.filter((keyword) => keyword !== "pulumi"),
    ],
    logoUrl: `${repository.replace("github.com", "raw.githubusercontent.com")}/main/docs/logo.svg`,
  };
}
