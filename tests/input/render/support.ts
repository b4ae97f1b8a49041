import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readFiles } from "../../../lib/input/files/files";
import { type Manifests, readManifests } from "../../../lib/input/manifests/read";
import { renderSources } from "../../../lib/input/render/render";
import { workingTree } from "../../../lib/input/render/repository/tree";
import { RenderCache } from "../../../lib/input/render/tools/cache";
import { type RenderContext, type RenderMode, renderContext } from "../../../lib/input/render/tools/context";
import { findTools } from "../../../lib/input/render/tools/tool";
import { temporaryDirectory } from "../../plan/fixture";

/** The tools on this machine. */
export const found = findTools();
if (process.env.MESHFENCE_TEST_TOOLS === "required" && (found.kustomize === undefined || found.helm === undefined)) {
  throw new Error("kustomize and helm have to be on the PATH");
}

/** Skips tests that need tools which are missing, with a note. `.ci/run` installs them. */
export const withKustomize = { skip: found.kustomize === undefined && "kustomize is not installed" };
export const withHelm = {
  skip: (found.helm === undefined || found.kustomize === undefined) && "helm or kustomize is not installed",
};

/** Writes a repository's files, by path, into a new folder. */
export function repository(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  mkdirSync(path.join(root, ".git"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

/** Reads a folder like `meshfence reach`. Nothing is cached unless a cache is given. */
export async function read(
  folder: string,
  mode: RenderMode = "auto",
  given: Partial<RenderContext> = {},
): Promise<Manifests> {
  const { files } = readFiles([folder]);
  const context = renderContext(mode, { cache: new RenderCache(path.join(temporaryDirectory(), "cache")), ...given });
  const { files: rendered } = await renderSources(files, workingTree([folder]), context);
  return readManifests(rendered);
}

export const policiesOf = ({ policies }: Manifests, root: string) =>
  policies.map(({ manifest, document }) => {
    const { name, namespace } = manifest.metadata;
    const { line } = document.position(["spec", "ingress"]);
    return `${namespace ?? "default"}/${name} ${path.relative(root, document.file)}:${line}`;
  });

export const endpointsOf = ({ workloads }: Manifests) => workloads.map(({ endpoint }) => endpoint.id);

export const deployment = (name: string, more = "") => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}${more}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
`;

export const policy = (name: string, from = "[{fromEndpoints: [{}]}]") => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ${name}
spec:
  endpointSelector: {matchLabels: {app: ${name}}}
  ingress: ${from}
`;
