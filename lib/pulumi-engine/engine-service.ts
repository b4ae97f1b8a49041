import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type * as proto from "@pulumi/pulumi/proto/engine_pb";
import type { Diagnostic } from "./recording";
import type { Sdk } from "./sdk";
import { unary } from "./unary";

/** The handlers of Pulumi's Engine service, to which programs and language hosts log. */
export function engineService(sdk: Sdk, diagnostics: Diagnostic[]): UntypedServiceImplementation {
  const { DEBUG, INFO, WARNING, ERROR } = sdk.engine.LogSeverity;
  const severities = { [DEBUG]: "debug", [INFO]: "info", [WARNING]: "warning", [ERROR]: "error" } as const;
  const nothing = () => new sdk.empty.Empty();
  let root = "";
  return {
    log: unary((request: proto.LogRequest) => {
      const severity = severities[request.getSeverity()];
      if (severity !== "debug") {
        diagnostics.push({ severity, message: request.getMessage(), urn: request.getUrn() || undefined });
      }
      return nothing();
    }),
    setRootResource: unary((request: proto.SetRootResourceRequest) => {
      root = request.getUrn();
      return new sdk.engine.SetRootResourceResponse();
    }),
    getRootResource: unary(() => {
      const response = new sdk.engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    startDebugging: unary(nothing),
    // There is no CLI whose version could be too old.
    requirePulumiVersion: unary(() => new sdk.engine.RequirePulumiVersionResponse()),
  };
}
