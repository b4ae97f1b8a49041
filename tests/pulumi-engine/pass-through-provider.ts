import * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as service from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** The protocol's text for an unknown value. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * A provider that returns every input unchanged and creates nothing. The real engine attaches to it instead of a plugin, so that its
 * preview only shows the engine's own work.
 */
export async function startPassThroughProvider(): Promise<{ port: number; stop: () => void }> {
  const server = new grpc.Server();
  server.addService(service.ResourceProviderService as unknown as grpc.ServiceDefinition, {
    getPluginInfo: unary(() => {
      const info = new plugin.PluginInfo();
      info.setVersion("0.0.0");
      return info;
    }),
    attach: unary(() => new Empty()),
    parameterize: unary((request: provider.ParameterizeRequest) => {
      const response = new provider.ParameterizeResponse();
      response.setName(request.getValue()?.getName() ?? "");
      response.setVersion(request.getValue()?.getVersion() ?? "");
      return response;
    }),
    checkConfig: unary(checked),
    diffConfig: unary(() => new provider.DiffResponse()),
    configure: unary(() => {
      const response = new provider.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      response.setAcceptoutputs(true);
      return response;
    }),
    check: unary(checked),
    diff: unary(() => new provider.DiffResponse()),
    delete: unary(() => new Empty()),
    create: unary((request: provider.CreateRequest) => {
      const response = new provider.CreateResponse();
      if (!request.getPreview()) response.setId(`${request.getName()}-id`);
      const properties = request.getProperties()?.toJavaScript() ?? {};
      // In a preview, a provider names the outputs that it will compute. That matters to the engine for secrets.
      if (request.getUrn().includes(":PrivateKey::")) {
        properties.privateKeyPem = request.getPreview() ? unknownText : "private key";
      }
      response.setProperties(Struct.fromJavaScript(properties));
      return response;
    }),
    cancel: unary(() => new Empty()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

function checked(request: provider.CheckRequest): provider.CheckResponse {
  const response = new provider.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

function unary<Request, Response>(handle: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => callback(null, handle(call.request));
}
