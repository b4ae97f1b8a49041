import type * as grpc from "@grpc/grpc-js";
import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Callbacks } from "./callbacks";
import { Creation } from "./creation";
import { deploymentInfo, supportedFeatures } from "./deployment";
import type { Draft } from "./draft";
import { Functions } from "./functions";
import { Hooks } from "./hooks";
import type { MonitorOptions } from "./options";
import { Packages } from "./packages";
import { Providers } from "./providers";
import type { Diagnostic } from "./recording";
import { Registering } from "./registering";
import { Resources } from "./resources";
import type { Sdk } from "./sdk";
import { Transforms } from "./transforms";
import { unary } from "./unary";
import type { Properties } from "./values";

/**
 * Pulumi's ResourceMonitor service: what a program talks to when it creates resources. Follows the real engine's
 * `pkg/resource/deploy/source_eval.go`, without state, plugins and steps: every resource counts as new, and none is created.
 */
export class Monitor {
  readonly diagnostics: Diagnostic[] = [];

  private readonly resources: Resources;
  private readonly callbacks: Callbacks;
  private readonly transforms: Transforms;
  private readonly hooks: Hooks;
  private readonly packages = new Packages();
  private readonly registering: Registering;
  private readonly functions: Functions;

  constructor(
    private readonly sdk: Sdk,
    private readonly options: MonitorOptions,
    /** Told of the error that ends the run. */
    stop: (error: unknown) => void,
  ) {
    this.callbacks = new Callbacks(sdk);
    this.transforms = new Transforms(sdk, this.callbacks);
    this.hooks = new Hooks(sdk, this.callbacks, options.mode === "preview", (message, urn) =>
      this.diagnostics.push({ severity: "warning", message, urn }),
    );
    this.resources = new Resources(options);
    const providers = new Providers(this.resources, options);
    const { hooks, diagnostics, resources, packages, transforms } = this;
    const creation = new Creation({ sdk, options, hooks, diagnostics, stop });
    this.registering = new Registering({ sdk, options, resources, packages, providers, transforms, creation });
    this.functions = new Functions(sdk, options, this.resources);
  }

  /** What the program registered so far. */
  get registrations(): readonly Draft[] {
    return this.resources.registrations;
  }

  /** What the stack exports. */
  get outputs(): Properties {
    return this.registering.outputs;
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
      getDeploymentInfo: unary(() => deploymentInfo(this.sdk, this.options)),
      registerResource: unary((request: proto.RegisterResourceRequest) => this.registering.register(request)),
      registerResourceOutputs: unary((request: proto.RegisterResourceOutputsRequest) => {
        this.registering.registerOutputs(request);
        return new Empty();
      }),
      readResource: unary((request: proto.ReadResourceRequest) => this.registering.read(request)),
      existsResource: unary(() => {
        const response = new resource.ExistsResourceResponse();
        response.setUnknown(true);
        return response;
      }),
      invoke: unary((request: proto.ResourceInvokeRequest) => this.functions.invoke(request)),
      call: unary((request: proto.ResourceCallRequest) => this.functions.call(request)),
      registerPackage: unary((request: proto.RegisterPackageRequest) => {
        const response = new resource.RegisterPackageResponse();
        response.setRef(this.packages.register(request));
        return response;
      }),
      registerStackTransform: unary((transform: Parameters<Transforms["addToStack"]>[0]) => {
        this.transforms.addToStack(transform);
        return new Empty();
      }),
      // Invoke transforms change calls before a provider answers them, and here there is no provider.
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
}
