import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { RegisterErrorHookRequest, RegisterResourceHookRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { Callbacks } from "./callbacks";
import type { Registration } from "./recording";
import type { Sdk } from "./sdk";
import type { Properties } from "./values";
import { encodeMap } from "./wire";

interface Hook {
  readonly callback: Callback;
  readonly onDryRun: boolean;
  readonly ignoreErrors: boolean;
}

/** The hooks of a program. As in the real engine, they run in preview only if they ask for it. */
export class Hooks {
  private readonly hooks = new Map<string, Hook>();

  constructor(
    private readonly sdk: Sdk,
    private readonly callbacks: Callbacks,
    private readonly preview: boolean,
    private readonly warn: (message: string, urn: string) => void,
  ) {}

  add(request: RegisterResourceHookRequest): void {
    this.set(request.getName(), {
      callback: request.getCallback() as Callback,
      onDryRun: request.getOnDryRun(),
      ignoreErrors: request.getIgnoreErrors(),
    });
  }

  addErrorHook(request: RegisterErrorHookRequest): void {
    this.set(request.getName(), {
      callback: request.getCallback() as Callback,
      onDryRun: false,
      ignoreErrors: false,
    });
  }

  /**
   * Runs the resource's hooks for `moment`, in order.
   * @throws Error of the first hook that fails, unless it ignores errors
   */
  async run(moment: "beforeCreate" | "afterCreate", resource: Registration, outputs?: Properties): Promise<void> {
    for (const name of resource.hooks[moment] ?? []) {
      const hook = this.get(name);
      if (this.preview && !hook.onDryRun) continue;
      const { ResourceHookRequest, ResourceHookResponse } = this.sdk.resource;
      const request = this.describe(new ResourceHookRequest(), resource);
      if (outputs) request.setNewOutputs(this.sdk.struct.Struct.fromJavaScript(encodeMap(outputs)));
      const response = await this.callbacks.invoke(hook.callback, request.serializeBinary());
      const problem = ResourceHookResponse.deserializeBinary(response).getError();
      if (problem === "") continue;
      if (!hook.ignoreErrors) throw new Error(`${moment} hook "${name}" failed: ${problem}`);
      this.warn(`${moment} hook "${name}" failed: ${problem}`, resource.urn);
    }
  }

  /** Asks the resource's error hooks, in order, whether to retry the creation. */
  async retry(resource: Registration, errors: readonly string[]): Promise<boolean> {
    let retry = false;
    for (const name of resource.hooks.onError ?? []) {
      const { ErrorHookRequest, ErrorHookResponse } = this.sdk.resource;
      const request = this.describe(new ErrorHookRequest(), resource);
      request.setFailedOperation("create");
      request.setErrorsList([...errors]);
      const response = ErrorHookResponse.deserializeBinary(
        await this.callbacks.invoke(this.get(name).callback, request.serializeBinary()),
      );
      if (response.getError() !== "") throw new Error(`onError hook "${name}" failed: ${response.getError()}`);
      retry ||= response.getRetry();
    }
    return retry;
  }

  private describe<
    R extends InstanceType<Sdk["resource"]["ResourceHookRequest"] | Sdk["resource"]["ErrorHookRequest"]>,
  >(request: R, resource: Registration): R {
    request.setUrn(resource.urn);
    request.setName(resource.name);
    request.setType(resource.type);
    request.setNewInputs(this.sdk.struct.Struct.fromJavaScript(encodeMap(resource.inputs)));
    return request;
  }

  private set(name: string, hook: Hook): void {
    if (this.hooks.has(name)) throw new Error(`two resource hooks are called "${name}"; give each a name of its own`);
    this.hooks.set(name, hook);
  }

  private get(name: string): Hook {
    const hook = this.hooks.get(name);
    if (hook === undefined) throw new Error(`resource hook "${name}" was not registered`);
    return hook;
  }
}
