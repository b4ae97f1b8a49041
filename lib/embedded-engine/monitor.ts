import { createHash } from "node:crypto";
import type * as grpc from "@grpc/grpc-js";
import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Callbacks } from "./callbacks";
import { type Draft, defaultProvider, fromReadRequest, fromRegisterRequest } from "./draft";
import { Hooks } from "./hooks";
import { defaultProviderName, Packages } from "./packages";
import type { Diagnostic, PackageReference, Registration } from "./recording";
import type { Sdk } from "./sdk";
import { Transforms } from "./transforms";
import { createUrn, isProviderType, packageOf, providerUrn, stackType } from "./urn";
import { type Properties, type PropertyValue, Secret, unknown } from "./values";
import { decodeMap, encodeMap, unknownOnWire, type WireMap } from "./wire";

/** What a provider would say about a resource that was created. */
export interface Answer {
  readonly id?: string;
  readonly outputs?: Properties;
}

/** A function that the program calls on a provider: an invoke, or a method of a resource. */
export interface FunctionCall {
  readonly token: string;
  readonly arguments: Properties;
  /** URN of the explicit provider. */
  readonly provider?: string;
}

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly mode: "preview" | "update";
  readonly config: { readonly [key: string]: string };
  readonly secretConfigKeys: readonly string[];
  readonly respond?: (registration: Registration) => Promise<Answer | undefined> | Answer | undefined;
  readonly invoke?: (call: FunctionCall) => Promise<Properties | undefined> | Properties | undefined;
}

/** An error that ends the run: the engine would stop here too. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    message: string,
    /** The resource that it concerns. */
    readonly urn?: string,
  ) {
    super(message);
  }
}

/**
 * Pulumi's ResourceMonitor service: what a program talks to when it creates resources. Follows the real engine's
 * `pkg/resource/deploy/source_eval.go`, without state, plugins and steps: everything is created, by nobody.
 */
export class Monitor {
  readonly registrations: Draft[] = [];
  readonly diagnostics: Diagnostic[] = [];
  outputs: Properties = {};

  private readonly byUrn = new Map<string, Draft>();
  private readonly callbacks: Callbacks;
  private readonly transforms: Transforms;
  private readonly hooks: Hooks;
  private readonly packages = new Packages();
  /** Provider references that components hand to their children, by URN and package. */
  private readonly componentProviders = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    private readonly sdk: Sdk,
    private readonly options: MonitorOptions,
    /** Told of the error that ends the run. */
    private readonly stop: (error: unknown) => void,
  ) {
    this.callbacks = new Callbacks(sdk);
    this.transforms = new Transforms(sdk, this.callbacks);
    this.hooks = new Hooks(sdk, this.callbacks, options.mode === "preview", (message, urn) =>
      this.diagnostics.push({ severity: "warning", message, urn }),
    );
  }

  /** The handlers of the gRPC service. */
  service(): grpc.UntypedServiceImplementation {
    const { Empty } = this.sdk.empty;
    const { resource } = this.sdk;
    return {
      supportsFeature: unary((request: proto.SupportsFeatureRequest) => {
        const response = new resource.SupportsFeatureResponse();
        response.setHassupport(supportedFeatures.has(request.getId()));
        return response;
      }),
      getDeploymentInfo: unary(() => this.deploymentInfo()),
      registerResource: unary((request: proto.RegisterResourceRequest) => this.registerResource(request)),
      registerResourceOutputs: unary((request: proto.RegisterResourceOutputsRequest) => {
        this.registerOutputs(request);
        return new Empty();
      }),
      readResource: unary((request: proto.ReadResourceRequest) => this.readResource(request)),
      existsResource: unary(() => {
        const response = new resource.ExistsResourceResponse();
        response.setUnknown(true);
        return response;
      }),
      invoke: unary((request: proto.ResourceInvokeRequest) => this.invoke(request)),
      call: unary((request: proto.ResourceCallRequest) => this.call(request)),
      registerPackage: unary((request: proto.RegisterPackageRequest) => {
        const response = new resource.RegisterPackageResponse();
        response.setRef(this.packages.register(request));
        return response;
      }),
      registerStackTransform: unary((transform: Parameters<Transforms["addToStack"]>[0]) => {
        this.transforms.addToStack(transform);
        return new Empty();
      }),
      // Invoke transforms may only change a call that a provider answers. There is none, so there is nothing to change.
      registerStackInvokeTransform: unary(() => new Empty()),
      registerResourceHook: unary((request: proto.RegisterResourceHookRequest) => {
        this.hooks.add(request);
        return new Empty();
      }),
      registerErrorHook: unary((request: proto.RegisterErrorHookRequest) => {
        this.hooks.addErrorHook(request);
        return new Empty();
      }),
      signalAndWaitForShutdown: unary(() => new Empty()),
    };
  }

  close(): void {
    this.callbacks.close();
  }

  private deploymentInfo(): proto.DeploymentInfo {
    const { project, stack, organization, mode, config, secretConfigKeys } = this.options;
    const info = new this.sdk.resource.DeploymentInfo();
    info.setProject(project);
    info.setStack(stack);
    info.setOrganization(organization);
    info.setDryrun(mode === "preview");
    info.setSupportedfeaturesList([...supportedFeatures.values()]);
    info.setConfigsecretkeysList([...secretConfigKeys]);
    for (const [key, value] of Object.entries(config)) info.getConfigMap().set(key, value);
    return info;
  }

  private async registerResource(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceResponse> {
    const type = request.getType();
    const provided = request.getCustom() || request.getRemote();
    if (provided && type.split(":").length !== 3) {
      throw new EngineError(`resource type "${type}" is not of the form package:module:Name`);
    }
    this.inherit(request);
    if (provided) request.setProvider(this.resolveProvider(request));
    await this.transforms.apply(request);

    const packageReference = request.getPackageref() === "" ? undefined : this.packages.get(request.getPackageref());
    const urn = this.createUrn(request.getParent(), type, request.getName());
    const draft = fromRegisterRequest(request, urn);
    draft.package = packageReference;
    if (!draft.custom) draft.providers = this.handProvidersDown(request, urn);
    if (provided && !isProviderType(type)) {
      const reference = request.getProvider();
      draft.provider = reference === "" ? this.defaultProviderFor(draft) : providerUrn(reference);
    }
    this.add(draft);
    this.transforms.remember(urn, request);

    await this.create(draft);
    const { RegisterResourceResponse } = this.sdk.resource;
    const response = new RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(draft.id ?? "");
    response.setObject(
      this.sdk.struct.Struct.fromJavaScript(encodeMap(draft.custom || draft.remote ? draft.outputs : {})),
    );
    return response;
  }

  /** What a child takes over from its parent where it says nothing itself: `inheritFromParent` of the real engine. */
  private inherit(request: proto.RegisterResourceRequest): void {
    const parent = this.byUrn.get(request.getParent());
    if (parent === undefined) return;
    if (request.getDeletedwith() === "") request.setDeletedwith(parent.deletedWith ?? "");
    if (!request.hasProtect() && parent.protect !== undefined) request.setProtect(parent.protect);
    if (!request.hasRetainondelete() && parent.retainOnDelete !== undefined) {
      request.setRetainondelete(parent.retainOnDelete);
    }
    const provider = parent.provider === undefined ? undefined : this.byUrn.get(parent.provider);
    if (request.getProvider() === "" && provider && packageOf(provider.type) === packageOf(request.getType())) {
      request.setProvider(this.reference(provider));
    }
  }

  private resolveProvider(request: proto.RegisterResourceRequest): string {
    const package_ = packageOf(request.getType());
    return (
      request.getProvider() ||
      request.getProvidersMap().get(package_) ||
      this.componentProviders.get(request.getParent())?.get(package_) ||
      ""
    );
  }

  /** A component hands its own providers to its children, and those of its parent for other packages. */
  private handProvidersDown(request: proto.RegisterResourceRequest, urn: string): Registration["providers"] {
    const references = new Map(this.componentProviders.get(request.getParent()));
    for (const [name, reference] of request.getProvidersMap().entries()) references.set(name, reference);
    this.componentProviders.set(urn, references);
    return Object.fromEntries([...references].map(([name, reference]) => [name, providerUrn(reference)]));
  }

  private defaultProviderFor(draft: Draft): string {
    const { name, version, downloadUrl, parameterization }: PackageReference = draft.package ?? {
      name: packageOf(draft.type),
      version: draft.version,
      downloadUrl: draft.pluginDownloadURL,
    };
    const type = `pulumi:providers:${parameterization?.name ?? name}`;
    const providerName = defaultProviderName(parameterization?.version ?? version, downloadUrl);
    const urn = this.createUrn("", type, providerName);
    if (!this.byUrn.has(urn)) {
      const provider = defaultProvider(urn, type, providerName, this.configOf(parameterization?.name ?? name));
      provider.version = version;
      provider.pluginDownloadURL = downloadUrl;
      provider.package = draft.package;
      this.add(provider);
      provider.outputs = provider.inputs;
      provider.id = this.options.mode === "update" ? madeUpId(provider) : undefined;
    }
    return urn;
  }

  /** The stack's configuration of a package, which is its default provider's input. */
  private configOf(package_: string): Properties {
    const prefix = `${package_}:`;
    return Object.fromEntries(
      Object.entries(this.options.config)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [
          key.slice(prefix.length),
          this.options.secretConfigKeys.includes(key) ? new Secret(value) : value,
        ]),
    );
  }

  private add(draft: Draft): void {
    if (this.byUrn.has(draft.urn)) {
      throw new EngineError(`Duplicate resource URN '${draft.urn}'; try giving it a unique name`, draft.urn);
    }
    this.byUrn.set(draft.urn, draft);
    this.registrations.push(draft);
  }

  /** Stands in for the provider: asks the caller's `respond`, and makes up the rest. */
  private async create(draft: Draft): Promise<void> {
    try {
      await this.hooks.run("beforeCreate", draft);
      const answer = draft.type === stackType ? undefined : await this.answer(draft);
      if (!draft.custom && !draft.remote) return;
      const outputs: { [name: string]: PropertyValue } = { ...draft.inputs, ...answer?.outputs };
      for (const name of draft.additionalSecretOutputs) {
        // A provider's preview names the outputs that it will compute, and so the engine knows which of them are secret.
        const value = outputs[name] ?? (this.options.mode === "preview" ? unknown : undefined);
        if (value !== undefined && !(value instanceof Secret)) outputs[name] = new Secret(value);
      }
      draft.outputs = outputs;
      if (draft.custom) draft.id = answer?.id ?? (this.options.mode === "update" ? madeUpId(draft) : undefined);
      await this.hooks.run("afterCreate", draft, outputs);
    } catch (error) {
      this.fail(draft, error);
    }
  }

  private async answer(draft: Draft): Promise<Answer | undefined> {
    const errors: string[] = [];
    for (;;) {
      try {
        return await this.options.respond?.(draft);
      } catch (error) {
        errors.unshift(messageOf(error));
        if (!(await this.hooks.retry(draft, errors))) throw error;
      }
    }
  }

  /** As in the real engine one failed resource ends the deployment: nothing new starts. */
  private fail(draft: Draft, error: unknown): never {
    this.diagnostics.push({ severity: "error", message: messageOf(error), urn: draft.urn });
    this.stop(error);
    throw new Cancelled(this.sdk.grpc.status.CANCELLED, "resource monitor shut down");
  }

  private registerOutputs(request: proto.RegisterResourceOutputsRequest): void {
    const draft = this.byUrn.get(request.getUrn());
    if (draft === undefined) throw new EngineError(`outputs for an unknown resource: ${request.getUrn()}`);
    draft.outputs = decodeMap((request.getOutputs()?.toJavaScript() ?? {}) as WireMap);
    if (draft.type === stackType) this.outputs = draft.outputs;
  }

  /** Nothing can be read without the provider, so all outputs are unknown. */
  private readResource(request: proto.ReadResourceRequest): proto.ReadResourceResponse {
    const draft = fromReadRequest(request, this.createUrn(request.getParent(), request.getType(), request.getName()));
    draft.package = request.getPackageref() === "" ? undefined : this.packages.get(request.getPackageref());
    if (packageOf(draft.type) !== "pulumi") {
      draft.provider = request.getProvider() ? providerUrn(request.getProvider()) : this.defaultProviderFor(draft);
    }
    this.add(draft);
    const response = new this.sdk.resource.ReadResourceResponse();
    response.setUrn(draft.urn);
    response.setProperties(new this.sdk.struct.Struct());
    response.setUnknown(true);
    return response;
  }

  private async invoke(request: proto.ResourceInvokeRequest): Promise<proto.ResourceInvokeResponse> {
    const response = new this.sdk.resource.ResourceInvokeResponse();
    const token = request.getTok();
    const args = decodeMap((request.getArgs()?.toJavaScript() ?? {}) as WireMap);
    if (token === "pulumi:pulumi:getResource") {
      response.setReturn(this.sdk.struct.Struct.fromJavaScript(this.getResource(String(args.urn))));
      return response;
    }
    // As in the real engine: what depends on resources that have yet to be created is not asked in a preview.
    if (this.options.mode === "preview" && request.getDependsonList().some((urn) => !this.byUrn.get(urn)?.id)) {
      response.setUnknown(true);
      return response;
    }
    const result = await this.callFunction(token, args, request.getProvider());
    response.setReturn(this.sdk.struct.Struct.fromJavaScript(encodeMap(result)));
    return response;
  }

  private async call(request: proto.ResourceCallRequest) {
    const args = decodeMap((request.getArgs()?.toJavaScript() ?? {}) as WireMap);
    const result = await this.callFunction(request.getTok(), args, request.getProvider());
    const response = new this.sdk.provider.CallResponse();
    response.setReturn(this.sdk.struct.Struct.fromJavaScript(encodeMap(result)));
    return response;
  }

  private async callFunction(token: string, args: Properties, provider: string): Promise<Properties> {
    const result = await this.options.invoke?.({
      token,
      arguments: args,
      provider: provider === "" ? undefined : providerUrn(provider),
    });
    if (result !== undefined) return result;
    throw new EngineError(
      `the program calls the function "${token}", which only a provider plugin can answer, and this run has no plugins. ` +
        "Take the value from configuration instead, or look at this program with `pulumi preview`.",
    );
  }

  private getResource(urn: string): WireMap {
    const found = this.byUrn.get(urn);
    if (found === undefined) throw new EngineError(`unknown resource ${urn}`);
    return { urn, id: found.id ?? "", state: encodeMap(found.outputs) };
  }

  private createUrn(parent: string, type: string, name: string): string {
    return createUrn(this.options.stack, this.options.project, parent || undefined, type, name);
  }

  private reference(provider: Draft): string {
    return `${provider.urn}::${provider.id ?? unknownOnWire}`;
  }
}

/** What the SDK asks for by name (older SDKs) or by number. All of it is done here, or has nothing to do in a stack without a past. */
const supportedFeatures = new Map<string, proto.ResourceMonitorFeature>([
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

/** The same resource has the same ID in every run. */
function madeUpId(draft: Draft): string {
  return `${draft.name}-${createHash("sha256").update(draft.urn).digest("hex").slice(0, 8)}`;
}

class Cancelled extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(details);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A gRPC handler from a function that gives the response or throws. */
function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    try {
      callback(null, await handle(call.request));
    } catch (error) {
      const code = error instanceof Cancelled ? error.code : 2; // UNKNOWN, which is what the real engine's plain errors become
      callback({ code, details: messageOf(error) });
    }
  };
}
