import { isRecord } from "../../input/manifests/shape";
import type { FunctionCall, Properties, PropertyValue } from "../../pulumi-engine";
import { withoutSecrets } from "../../pulumi-engine";
import type { Expanded, Expansion } from "./expansion";

/**
 * Answers the Kubernetes provider's functions with which the first versions of its components read manifests; undefined for any other. What
 * cannot be expanded is empty, and listed in {@link Expansion.missed}.
 *
 * @throws Error if the provider itself would fail
 */
export async function kubernetesFunction(
  expansion: Expansion,
  { token, arguments: given }: FunctionCall,
): Promise<Properties | undefined> {
  const args = withoutSecrets(given) as Properties;
  switch (token) {
    case "kubernetes:yaml:decode":
      return { result: expansion.decode(String(args.text)) as PropertyValue };
    case "kubernetes:kustomize:directory":
      return result(expansion, await expansion.kustomization(args.directory), `Directory ${String(args.directory)}`);
    case "kubernetes:helm:template": {
      const options: unknown = JSON.parse(String(args.jsonOpts));
      if (!isRecord(options)) return undefined;
      const { path, chart, repo, fetch_opts: fetch, skip_crd_rendering: skipCrds, release_name: release } = options;
      const address = isRecord(fetch) && typeof fetch.repo === "string" ? fetch.repo : undefined;
      const name = typeof release === "string" ? release : "release";
      const inputs = {
        ...options,
        chart: path ?? (typeof repo === "string" && address === undefined ? `${repo}/${String(chart)}` : chart),
        ...(address !== undefined && { repositoryOpts: { repo: address } }),
        skipCrds,
      };
      return result(expansion, await expansion.chart(name, inputs), `Chart ${name}`);
    }
    default:
      return undefined;
  }
}

function result(expansion: Expansion, expanded: Expanded, object: string): Properties {
  if ("reason" in expanded) {
    expansion.missed.push({ object, reason: expanded.reason, fix: expanded.fix });
    return { result: [] };
  }
  expansion.handOver(expanded.objects);
  return { result: expanded.objects as PropertyValue };
}
