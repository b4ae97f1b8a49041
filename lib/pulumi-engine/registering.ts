import { pathToFileURL } from "node:url";
import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import type { Creation } from "./creation";
import { type Draft, fromReadRequest, fromRegisterRequest } from "./draft";
import { EngineError } from "./errors";
import type { MonitorOptions } from "./options";
import type { Packages } from "./packages";
import type { Providers } from "./providers";
import type { Resources } from "./resources";
import type { Sdk } from "./sdk";
import type { Transforms } from "./transforms";
import { isProviderType, packageOf, providerUrn, stackType } from "./urn";
import type { Properties } from "./values";
import { decodeMap, encodeMap, type WireMap } from "./wire";

/** What registering uses of a run. */
interface RegisteringContext {
  sdk: Sdk;
  options: Pick<MonitorOptions, "construct" | "respond">;
  resources: Resources;
  packages: Packages;
  providers: Providers;
  transforms: Transforms;
  creation: Creation;
}

/** Registers the resources that a program creates or reads, and the outputs of its components. */
export class Registering {
  /** What the stack exports. */
  outputs: Properties = {};

  constructor(private readonly context: RegisteringContext) {}

  async register(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceResponse> {
    const type = request.getType();
    const provided = request.getCustom() || request.getRemote();
    if (provided && type.split(":").length !== 3) {
      throw new EngineError(`resource type "${type}" is not of the form package:module:Name`);
    }
    this.inherit(request);
    if (provided) request.setProvider(this.context.providers.resolve(request));
    await this.context.transforms.apply(request);

    const packageReference =
      request.getPackageref() === "" ? undefined : this.context.packages.get(request.getPackageref());
    const urn = this.context.resources.createUrn(request.getParent(), type, request.getName());
    const draft = fromRegisterRequest(request, urn);
    draft.package = packageReference;
    if (!draft.custom) draft.providers = this.context.providers.handDown(request, urn);
    if (provided && !isProviderType(type)) {
      const reference = request.getProvider();
      draft.provider = reference === "" ? this.context.providers.defaultFor(draft) : providerUrn(reference);
    }
    this.context.resources.add(draft);
    this.context.transforms.remember(urn, request);

    await this.context.creation.create(draft);
    if (draft.remote) await this.construct(draft);
    const { RegisterResourceResponse } = this.context.sdk.resource;
    const response = new RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(draft.id ?? "");
    response.setObject(
      this.context.sdk.struct.Struct.fromJavaScript(encodeMap(draft.custom || draft.remote ? draft.outputs : {})),
    );
    return response;
  }

  /** Stands in for the provider that creates a component's children, and registers them as its plugin would. */
  private async construct(draft: Draft): Promise<void> {
    const made = (await this.context.options.construct?.(draft)) ?? {
      reason: "its children are made by a provider, which is not run here",
      fix: "Look at it with `pulumi preview`",
    };
    if (!("children" in made)) {
      draft.unexpanded = made;
      return;
    }
    for (const { type, name, inputs, source } of made.children) {
      const child = new this.context.sdk.resource.RegisterResourceRequest();
      child.setType(type);
      child.setName(name);
      child.setParent(draft.urn);
      child.setCustom(true);
      child.setObject(this.context.sdk.struct.Struct.fromJavaScript(encodeMap(inputs)));
      child.setDependenciesList([...draft.dependencies]);
      child.setVersion(draft.version ?? "");
      const from = source ?? draft.source;
      if (from !== undefined) {
        const place = new this.context.sdk.sourcePosition.SourcePosition();
        place.setUri(pathToFileURL(from.file).href);
        place.setLine(from.line);
        place.setColumn(from.column);
        child.setSourceposition(place);
      }
      await this.register(child);
    }
  }

  /** Options that a child inherits from its parent unless it sets them: `inheritFromParent` of the real engine. */
  private inherit(request: proto.RegisterResourceRequest): void {
    const parent = this.context.resources.get(request.getParent());
    if (parent === undefined) return;
    if (request.getDeletedwith() === "") request.setDeletedwith(parent.deletedWith ?? "");
    if (!request.hasProtect() && parent.protect !== undefined) request.setProtect(parent.protect);
    if (!request.hasRetainondelete() && parent.retainOnDelete !== undefined) {
      request.setRetainondelete(parent.retainOnDelete);
    }
    this.context.providers.inherit(request, parent);
  }

  registerOutputs(request: proto.RegisterResourceOutputsRequest): void {
    const draft = this.context.resources.get(request.getUrn());
    if (draft === undefined) throw new EngineError(`outputs for an unknown resource: ${request.getUrn()}`);
    draft.outputs = decodeMap((request.getOutputs()?.toJavaScript() ?? {}) as WireMap);
    if (draft.type === stackType) this.outputs = draft.outputs;
  }

  /** Nothing can be read without the provider, so all outputs are unknown except those that the caller's `respond` returns. */
  async read(request: proto.ReadResourceRequest): Promise<proto.ReadResourceResponse> {
    const draft = fromReadRequest(
      request,
      this.context.resources.createUrn(request.getParent(), request.getType(), request.getName()),
    );
    draft.package = request.getPackageref() === "" ? undefined : this.context.packages.get(request.getPackageref());
    if (packageOf(draft.type) !== "pulumi") {
      draft.provider = request.getProvider()
        ? providerUrn(request.getProvider())
        : this.context.providers.defaultFor(draft);
    }
    this.context.resources.add(draft);
    const response = new this.context.sdk.resource.ReadResourceResponse();
    response.setUrn(draft.urn);
    const answer = await this.context.options.respond?.(draft);
    response.setProperties(this.context.sdk.struct.Struct.fromJavaScript(encodeMap(answer?.outputs ?? {})));
    response.setUnknown(answer?.outputs === undefined);
    return response;
  }
}
