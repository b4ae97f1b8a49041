const { stringify } = require("yaml");

/** The name under which kubectl finds the plugin: `kubectl meshfence`. */
const name = "meshfence";

/** Name of the archive among the files of the release. */
const archiveName = ({ version }) => `meshfence-krew-v${version}.tar.gz`;

/**
 * The plugin's manifest for krew, as https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ has it.
 *
 * @param manifest package.json
 * @param sha256 of the archive
 */
function krewManifest(manifest, sha256) {
  const { version, description, homepage, repository, engines } = manifest;
  const source = repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
  return stringify(
    {
      apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
      kind: "Plugin",
      metadata: { name },
      spec: {
        version: `v${version}`,
        homepage,
        shortDescription: "Who can talk to whom by Cilium's and Linkerd's policies",
        description: [
          `${description}.\n`,
          "The plugin reads manifests, kustomizations, charts or a running cluster, and says who can talk to whom, what a",
          "change opens and closes, why an edge is denied and what would open it, and which policies do not do what they",
          "seem to. `verify` proves by probes that a running cluster does what was predicted.\n",
        ].join("\n"),
        caveats: [
          `It needs Node (${engines.node}) on the PATH.`,
          "plan and pr run a Pulumi program with the packages that it has installed. up, start and down need meshfence among",
          "them: npm install meshfence, and then npx meshfence up",
          "",
        ].join("\n"),
        platforms: [
          {
            // Windows runs no script by its first line, and krew would link to one there.
            selector: { matchExpressions: [{ key: "os", operator: "In", values: ["darwin", "linux"] }] },
            uri: `${source}/releases/download/v${version}/${archiveName(manifest)}`,
            sha256,
            bin: "dist/cli/main.js",
          },
        ],
      },
    },
    { lineWidth: 0 },
  );
}

module.exports = { archiveName, krewManifest, name };
