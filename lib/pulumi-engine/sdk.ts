import { createRequire } from "node:module";
import path from "node:path";

/** The parts of Pulumi's Node SDK that connect a program to an engine, all from the same installed copy. */
export interface Sdk {
  readonly grpc: typeof import("@grpc/grpc-js");
  readonly struct: typeof import("google-protobuf/google/protobuf/struct_pb");
  readonly empty: typeof import("google-protobuf/google/protobuf/empty_pb");
  readonly resource: typeof import("@pulumi/pulumi/proto/resource_pb");
  readonly sourcePosition: typeof import("@pulumi/pulumi/proto/source_pb");
  readonly provider: typeof import("@pulumi/pulumi/proto/provider_pb");
  readonly engine: typeof import("@pulumi/pulumi/proto/engine_pb");
  readonly callback: typeof import("@pulumi/pulumi/proto/callback_pb");
  readonly resourceService: typeof import("@pulumi/pulumi/proto/resource_grpc_pb");
  readonly engineService: typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
  readonly language: typeof import("@pulumi/pulumi/proto/language_pb");
  readonly languageService: typeof import("@pulumi/pulumi/proto/language_grpc_pb");
  readonly callbackService: typeof import("@pulumi/pulumi/proto/callback_grpc_pb");
  readonly settings: typeof import("@pulumi/pulumi/runtime/settings");
  readonly config: typeof import("@pulumi/pulumi/runtime/config");
  readonly stack: typeof import("@pulumi/pulumi/runtime/stack");
  readonly state: State;
  readonly debuggable: Debuggable;
}

/** `runtime/debuggable` of the SDK, which its type declarations omit. */
interface Debuggable {
  /** Tracks a promise for {@link leakedPromises} while it is pending. */
  debuggablePromise: <T>(promise: Promise<T>, context?: unknown) => Promise<T>;
  /** The promises that are still pending in the current run, and a description of what they wait for. */
  leakedPromises(): [ReadonlySet<unknown>, string];
}

/** `runtime/state` of the SDK, which its type declarations omit. */
interface State {
  /** Runs `callback` with runtime settings of its own, so that several programs can run in one process. */
  withLocalStorage<T>(callback: () => Promise<T>): Promise<T>;
  getStore(): {
    leakCandidates: Set<unknown>;
    settings: {
      monitor?: { close(): void };
      engine?: unknown;
      options: { rootDirectory?: string };
    };
  };
}

const loaded = new Map<string, Sdk>();

/**
 * Loads the SDK that code in directory `from` would load. Its gRPC and protobuf libraries are resolved from the SDK, which does not
 * accept messages of another copy.
 *
 * @throws Error if `@pulumi/pulumi` is not installed there
 */
export function loadSdk(from: string = __dirname): Sdk {
  const root = path.dirname(createRequire(path.join(from, "noop.js")).resolve("@pulumi/pulumi/package.json"));
  let sdk = loaded.get(root);
  if (sdk === undefined) {
    const load = createRequire(path.join(root, "package.json"));
    sdk = {
      grpc: load("@grpc/grpc-js"),
      struct: load("google-protobuf/google/protobuf/struct_pb.js"),
      empty: load("google-protobuf/google/protobuf/empty_pb.js"),
      resource: load("./proto/resource_pb"),
      sourcePosition: load("./proto/source_pb"),
      provider: load("./proto/provider_pb"),
      engine: load("./proto/engine_pb"),
      callback: load("./proto/callback_pb"),
      resourceService: load("./proto/resource_grpc_pb"),
      callbackService: load("./proto/callback_grpc_pb"),
      // Only needed for language hosts.
      get engineService() {
        return load("./proto/engine_grpc_pb");
      },
      get language() {
        return load("./proto/language_pb");
      },
      get languageService() {
        return load("./proto/language_grpc_pb");
      },
      settings: load("./runtime/settings"),
      config: load("./runtime/config"),
      stack: load("./runtime/stack"),
      state: load("./runtime/state"),
      debuggable: load("./runtime/debuggable"),
    };
    if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) trackPromisesLightly(sdk);
    loaded.set(root, sdk);
  }
  return sdk;
}

/**
 * Turns off the SDK's stack traces for its promises, several dozen per resource, which it shows only with `PULUMI_DEBUG_PROMISE_LEAKS`. They would
 * take a tenth of a plan's time.
 */
function trackPromisesLightly({ debuggable, state }: Sdk): void {
  debuggable.debuggablePromise = async (promise) => {
    const { leakCandidates } = state.getStore();
    leakCandidates.add(promise);
    try {
      return await promise;
    } finally {
      leakCandidates.delete(promise);
    }
  };
}
