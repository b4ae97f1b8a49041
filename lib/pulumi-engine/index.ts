/**
 * A Pulumi engine inside this process. {@link run} runs a program on it and returns a {@link Recording} of what the program registered. Tests use it to
 * check parents, dependencies, providers, secrets and order; `meshfence plan` to show what would be created.
 */

export { EngineError } from "./errors";
export { type HeldBack, holdBack } from "./hold-back";
export type { Answer, Constructed, FunctionCall } from "./options";
export type { Alias, Diagnostic, PackageReference, Recording, Registration, SourcePosition } from "./recording";
export { type EngineOptions, type RunOptions, run } from "./run";
export { type HostedRunOptions, runInHost } from "./run-in-host";
export { isProviderType, nameOf, packageOf, qualifiedType, stackType, typeOf } from "./urn";
export {
  AssetValue,
  isPropertyMap,
  type Properties,
  type PropertyValue,
  ResourceReference,
  Secret,
  Unknown,
  unknown,
  withoutSecrets,
} from "./values";
