import type * as grpc from "@grpc/grpc-js";
import type { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { Sdk } from "./sdk";

/** Calls back into the program, whose SDK serves transforms and hooks over gRPC. */
export class Callbacks {
  private readonly clients = new Map<string, CallbacksClient>();

  constructor(private readonly sdk: Sdk) {}

  /** Calls the program's function with a serialized request and returns its serialized response. */
  async invoke(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const message = new this.sdk.callback.CallbackInvokeRequest();
    message.setToken(callback.getToken());
    message.setRequest(request);
    const client = this.client(callback.getTarget());
    return new Promise((resolve, reject) => {
      client.invoke(message, (error: grpc.ServiceError | null, response) => {
        if (error) reject(new Error(error.details));
        else resolve(response.getResponse_asU8());
      });
    });
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }

  private client(target: string): CallbacksClient {
    let client = this.clients.get(target);
    if (client === undefined) {
      const { callbackService, grpc, settings } = this.sdk;
      // `grpcChannelOptions` raises the size limit of messages; the SDK marks it internal, so its declarations lack it.
      const { grpcChannelOptions } = settings as unknown as { grpcChannelOptions: grpc.ChannelOptions };
      client = new callbackService.CallbacksClient(target, grpc.credentials.createInsecure(), grpcChannelOptions);
      this.clients.set(target, client);
    }
    return client;
  }
}
