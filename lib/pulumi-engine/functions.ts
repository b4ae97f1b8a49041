import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "./errors";
import type { MonitorOptions } from "./options";
import type { Resources } from "./resources";
import type { Sdk } from "./sdk";
import { providerUrn } from "./urn";
import type { Properties } from "./values";
import { decodeMap, encodeMap, type WireMap } from "./wire";

/** The functions that a program calls: on providers, methods of resources, and the engine's own. */
export class Functions {
  constructor(
    private readonly sdk: Sdk,
    private readonly options: Pick<MonitorOptions, "mode" | "invoke">,
    private readonly resources: Resources,
  ) {}

  async invoke(request: proto.ResourceInvokeRequest): Promise<proto.ResourceInvokeResponse> {
    const response = new this.sdk.resource.ResourceInvokeResponse();
    const token = request.getTok();
    const args = decodeMap((request.getArgs()?.toJavaScript() ?? {}) as WireMap);
    if (token === "pulumi:pulumi:getResource") {
      response.setReturn(this.sdk.struct.Struct.fromJavaScript(this.getResource(String(args.urn))));
      return response;
    }
    // As in the real engine, a preview does not call functions whose arguments depend on resources that do not exist yet.
    if (this.options.mode === "preview" && request.getDependsonList().some((urn) => !this.resources.get(urn)?.id)) {
      response.setUnknown(true);
      return response;
    }
    const result = await this.callFunction(token, args, request.getProvider());
    response.setReturn(this.sdk.struct.Struct.fromJavaScript(encodeMap(result)));
    return response;
  }

  async call(request: proto.ResourceCallRequest) {
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
    const found = this.resources.get(urn);
    if (found === undefined) throw new EngineError(`unknown resource ${urn}`);
    return { urn, id: found.id ?? "", state: encodeMap(found.outputs) };
  }
}
