import { fileURLToPath } from "node:url";
import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { Alias, Registration, SourcePosition } from "./recording";
import { propertyDependencies } from "./transforms";
import { providerUrn } from "./urn";
import { decodeMap, outputDependencies, type WireMap } from "./wire";

/** A registration in progress. */
export type Draft = { -readonly [Field in keyof Registration]: Registration[Field] };

const blank = {
  custom: true,
  remote: false,
  implicit: false,
  read: false,
  inputs: {},
  dependencies: [],
  propertyDependencies: {},
  providers: {},
  replaceWith: [],
  aliases: [],
  ignoreChanges: [],
  replaceOnChanges: [],
  hideDiffs: [],
  additionalSecretOutputs: [],
  customTimeouts: {},
  hooks: {},
  outputs: {},
} satisfies Partial<Registration>;

/** The registration of the provider that manages resources of a package without an explicit one. */
export function defaultProvider(urn: string, type: string, name: string, inputs: Registration["inputs"]): Draft {
  return { ...blank, urn, type, name, inputs, implicit: true };
}

/** Leaves out the provider's code from the inputs of a dynamic resource: it tells readers nothing and depends on the compiler. */
function withoutCode({ __provider: _, ...inputs }: Registration["inputs"]): Registration["inputs"] {
  return inputs;
}

/** The draft from a request to register a resource, after inheritance and transforms. */
export function fromRegisterRequest(request: RegisterResourceRequest, urn: string): Draft {
  const object = (request.getObject()?.toJavaScript() ?? {}) as WireMap;
  const timeouts = request.getCustomtimeouts();
  return {
    ...blank,
    urn,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    custom: request.getCustom(),
    remote: request.getRemote(),
    inputs: withoutCode(decodeMap(object)),
    dependencies: request.getDependenciesList(),
    propertyDependencies: withOutputDependencies(propertyDependencies(request), object),
    providers: Object.fromEntries(
      [...request.getProvidersMap().entries()].map(([name, reference]) => [name, providerUrn(reference)]),
    ),
    deletedWith: request.getDeletedwith() || undefined,
    replaceWith: request.getReplaceWithList(),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    aliases: request.getAliasesList().map(readAlias),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    hideDiffs: request.getHidediffsList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: {
      create: timeouts?.getCreate() || undefined,
      update: timeouts?.getUpdate() || undefined,
      delete: timeouts?.getDelete() || undefined,
    },
    hooks: readHooks(request),
    import: request.getImportid() || undefined,
    version: request.getVersion() || undefined,
    pluginDownloadURL: request.getPlugindownloadurl() || undefined,
    source: readPosition(request),
  };
}

/** The draft from a request to read a resource. */
export function fromReadRequest(request: ReadResourceRequest, urn: string): Draft {
  return {
    ...blank,
    urn,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    read: true,
    inputs: decodeMap((request.getProperties()?.toJavaScript() ?? {}) as WireMap),
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    version: request.getVersion() || undefined,
    pluginDownloadURL: request.getPlugindownloadurl() || undefined,
    source: readPosition(request),
    id: request.getId(),
  };
}

/** Output values carry their own dependencies, which the request need not list. */
function withOutputDependencies(
  listed: Registration["propertyDependencies"],
  inputs: WireMap,
): Registration["propertyDependencies"] {
  const result: { [property: string]: readonly string[] } = { ...listed };
  for (const [property, value] of Object.entries(inputs)) {
    result[property] = [...new Set([...(listed[property] ?? []), ...outputDependencies(value)])];
  }
  return result;
}

function readAlias(alias: AliasMessage): Alias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  return {
    name: spec.getName() || undefined,
    type: spec.getType() || undefined,
    stack: spec.getStack() || undefined,
    project: spec.getProject() || undefined,
    parent: spec.getNoparent() ? null : spec.getParenturn() || undefined,
  };
}

function readHooks(request: RegisterResourceRequest): Registration["hooks"] {
  const hooks = request.getHooks();
  if (hooks === undefined) return {};
  const bound: [string, string[]][] = [
    ["beforeCreate", hooks.getBeforeCreateList()],
    ["afterCreate", hooks.getAfterCreateList()],
    ["beforeUpdate", hooks.getBeforeUpdateList()],
    ["afterUpdate", hooks.getAfterUpdateList()],
    ["beforeDelete", hooks.getBeforeDeleteList()],
    ["afterDelete", hooks.getAfterDeleteList()],
    ["onError", hooks.getOnErrorList()],
  ];
  return Object.fromEntries(bound.filter(([, names]) => names.length > 0));
}

function readPosition(request: RegisterResourceRequest | ReadResourceRequest): SourcePosition | undefined {
  const position = request.getSourceposition();
  if (!position?.getUri().startsWith("file:")) return undefined;
  return { file: fileURLToPath(position.getUri()), line: position.getLine(), column: position.getColumn() };
}
