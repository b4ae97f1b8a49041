import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import type { MonitorOptions } from "./options";
import type { Sdk } from "./sdk";

/** Features that the SDK queries by name (older SDKs) or by number. Each is implemented, or irrelevant for a stack without a previous state. */
export const supportedFeatures = new Map<string, proto.ResourceMonitorFeature>([
  ["secrets", 0],
  ["resourceReferences", 1],
  ["outputValues", 2],
  ["aliasSpecs", 3],
  ["replacementTrigger", 4],
  ["deletedWith", 5],
  ["replaceWith", 6],
  ["transforms", 7],
  ["invokeTransforms", 8],
  ["parameterization", 9],
  ["resourceHooks", 10],
  ["errorHooks", 11],
  ["invokeDependsOn", 14],
  ["stateMigrations", 16],
]);

/** The facts about its run that a program may query. */
export function deploymentInfo(sdk: Sdk, options: MonitorOptions): proto.DeploymentInfo {
  const { project, stack, organization, mode, config, secretConfigKeys } = options;
  const info = new sdk.resource.DeploymentInfo();
  info.setProject(project);
  info.setStack(stack);
  info.setOrganization(organization);
  info.setDryrun(mode === "preview");
  info.setSupportedfeaturesList([...supportedFeatures.values()]);
  info.setConfigsecretkeysList([...secretConfigKeys]);
  for (const [key, value] of Object.entries(config)) info.getConfigMap().set(key, value);
  return info;
}
