import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { Callbacks } from "./callbacks";
import type { Sdk } from "./sdk";
import { asOutputValues, outputDependencies, type WireMap } from "./wire";

/** Runs the program's transforms over a registration: its own, then its ancestors', nearest first, then the stack's. */
export class Transforms {
  private readonly ofStack: Callback[] = [];
  private readonly ofResource = new Map<string, { parent: string; transforms: readonly Callback[] }>();

  constructor(
    private readonly sdk: Sdk,
    private readonly callbacks: Callbacks,
  ) {}

  addToStack(transform: Callback): void {
    this.ofStack.push(transform);
  }

  /** Remembers a resource's transforms for its descendants. */
  remember(urn: string, request: RegisterResourceRequest): void {
    this.ofResource.set(urn, { parent: request.getParent(), transforms: request.getTransformsList() });
  }

  /** Lets the transforms change the request in place, before the engine looks at it. */
  async apply(request: RegisterResourceRequest): Promise<void> {
    const own = request.getTransformsList();
    const all = [...own, ...this.inherited(request.getParent()), ...this.ofStack];
    if (all.length === 0) return;

    const { Struct } = this.sdk.struct;
    let properties = (request.getObject()?.toJavaScript() ?? {}) as WireMap;
    if (own.length > 0) properties = asOutputValues(properties, propertyDependencies(request));
    let options = this.options(request);
    for (const transform of all) {
      const message = new this.sdk.resource.TransformRequest();
      message.setName(request.getName());
      message.setType(request.getType());
      message.setCustom(request.getCustom());
      message.setParent(request.getParent());
      message.setProperties(Struct.fromJavaScript(properties));
      message.setOptions(options);
      const response = this.sdk.resource.TransformResponse.deserializeBinary(
        await this.callbacks.invoke(transform, message.serializeBinary()),
      );
      properties = (response.getProperties()?.toJavaScript() as WireMap | undefined) ?? properties;
      options = response.getOptions() ?? options;
    }

    request.setObject(Struct.fromJavaScript(properties));
    this.takeOptions(request, options);
    // Only a resource's own transforms get output values, so only they can change its dependencies.
    if (own.length > 0) this.takeDependencies(request, properties, options.getDependsOnList());
  }

  private *inherited(parent: string): Iterable<Callback> {
    for (let urn = parent; urn !== ""; ) {
      const ancestor = this.ofResource.get(urn);
      if (ancestor === undefined) return;
      yield* ancestor.transforms;
      urn = ancestor.parent;
    }
  }

  private options(request: RegisterResourceRequest) {
    const options = new this.sdk.resource.TransformResourceOptions();
    options.setImport(request.getImportid());
    options.setDependsOnList(request.getDependenciesList());
    if (request.hasProtect()) options.setProtect(request.getProtect() === true);
    options.setIgnoreChangesList(request.getIgnorechangesList());
    options.setReplaceOnChangesList(request.getReplaceonchangesList());
    options.setReplacementTrigger(request.getReplacementTrigger());
    options.setVersion(request.getVersion());
    options.setAliasesList(request.getAliasesList());
    options.setProvider(request.getProvider());
    for (const [name, provider] of request.getProvidersMap().entries()) options.getProvidersMap().set(name, provider);
    options.setHideDiffList(request.getHidediffsList());
    options.setCustomTimeouts(request.getCustomtimeouts());
    options.setPluginDownloadUrl(request.getPlugindownloadurl());
    if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() === true);
    options.setDeletedWith(request.getDeletedwith());
    options.setReplaceWithList(request.getReplaceWithList());
    if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
    options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
    options.setHooks(request.getHooks());
    return options;
  }

  private takeOptions(request: RegisterResourceRequest, options: ReturnType<Transforms["options"]>): void {
    request.setImportid(options.getImport());
    if (options.hasProtect()) request.setProtect(options.getProtect() === true);
    else request.clearProtect();
    request.setIgnorechangesList(options.getIgnoreChangesList());
    request.setReplaceonchangesList(options.getReplaceOnChangesList());
    request.setReplacementTrigger(options.getReplacementTrigger());
    request.setVersion(options.getVersion());
    request.setAliasesList(options.getAliasesList());
    request.setProvider(options.getProvider());
    request.getProvidersMap().clear();
    for (const [name, provider] of options.getProvidersMap().entries()) request.getProvidersMap().set(name, provider);
    request.setHidediffsList(options.getHideDiffList());
    request.setCustomtimeouts(options.getCustomTimeouts());
    request.setPlugindownloadurl(options.getPluginDownloadUrl());
    if (options.hasRetainOnDelete()) request.setRetainondelete(options.getRetainOnDelete() === true);
    else request.clearRetainondelete();
    request.setDeletedwith(options.getDeletedWith());
    request.setReplaceWithList(options.getReplaceWithList());
    request.setDeletebeforereplacedefined(options.hasDeleteBeforeReplace());
    request.setDeletebeforereplace(options.getDeleteBeforeReplace() === true);
    request.setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList());
    request.setHooks(options.getHooks());
  }

  private takeDependencies(request: RegisterResourceRequest, properties: WireMap, dependsOn: readonly string[]): void {
    const all = new Set(dependsOn);
    const map = request.getPropertydependenciesMap();
    map.clear();
    for (const [property, value] of Object.entries(properties)) {
      const urns = outputDependencies(value);
      for (const urn of urns) all.add(urn);
      const message = new this.sdk.resource.RegisterResourceRequest.PropertyDependencies();
      message.setUrnsList([...urns]);
      map.set(property, message);
    }
    request.setDependenciesList([...all]);
  }
}

/** The URNs that each input of a request came from. */
export function propertyDependencies(request: RegisterResourceRequest): { [property: string]: readonly string[] } {
  const result: { [property: string]: readonly string[] } = {};
  for (const [property, dependencies] of request.getPropertydependenciesMap().entries()) {
    result[property] = dependencies.getUrnsList();
  }
  return result;
}
