import path from "node:path";

/** Whether a file is a part of a Terraform or OpenTofu module. */
export const isTerraform = (file: string): boolean => /\.(tf|tofu)(\.json)?$/i.test(file);

/** Whether a part of a module creates objects that affect verdicts, or may do so because it cannot be read. */
export function createsObjects(file: string, text: string): boolean {
  // Terraform installs the modules that others use here.
  if (file.split(/[\\/]/).includes(".terraform")) return false;
  if (path.extname(file).toLowerCase() !== ".json")
    return [...text.matchAll(/^\s*resource\s+"?(\w+)"?/gm)].some(([, type = ""]) => affectsVerdicts.test(type));
  try {
    const { resource } = JSON.parse(text) as { resource?: unknown };
    const blocks: unknown[] = Array.isArray(resource) ? resource : [resource];
    return blocks.some((types) => Object.keys(types ?? {}).some((type) => affectsVerdicts.test(type)));
  } catch {
    return true;
  }
}

/** Types of resources that create pods, namespaces, Services, policies or settings, or that apply manifests. */
const affectsVerdicts =
  /^(kubernetes_(manifest|network_policy|namespace|deployment|stateful_?set|daemon_?set|job|cron_job|pod|replication_controller|service|endpoint_?s(lice)?|labels|annotations|config_map)(_v\w+)?|kubectl_manifest|k8s_manifest|kustomization_resource|helm_release|argocd_application(_set)?|cilium(_\w+)?)$/;
