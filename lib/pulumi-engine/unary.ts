import type * as grpc from "@grpc/grpc-js";
import { Cancelled, messageOf } from "./errors";

/** Turns a function that returns the response or throws into a gRPC handler. */
export function unary<Request, Response>(
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
