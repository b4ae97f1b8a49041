import type { CustomResource, Schema } from "../../../kubernetes/schema/schema";
import {
  condition,
  group,
  hostname,
  kind,
  namespace,
  objectName,
  portNumber,
  preciseHostname,
  text,
  texts,
  withSpec,
} from "./parts";

const headerName: Schema = {
  type: "string",
  minLength: 1,
  maxLength: 256,
  pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$",
};
const matchType: Schema = { type: "string", default: "Exact", enum: ["Exact", "RegularExpression"] };
const everyPath = { type: "PathPrefix", value: "/" };

function mapByName(items: Schema): Schema {
  return { type: "array", maxItems: 16, listType: "map", listMapKeys: ["name"], items };
}

const headers = mapByName({
  type: "object",
  required: ["name", "value"],
  properties: { name: headerName, value: { type: "string", minLength: 1, maxLength: 4096 } },
});
const headerModifier: Schema = {
  type: "object",
  properties: { add: headers, set: headers, remove: { ...texts, maxItems: 16 } },
};
const requestRedirect: Schema = {
  type: "object",
  properties: {
    hostname: preciseHostname,
    path: {
      type: "object",
      required: ["type"],
      properties: {
        type: { type: "string", enum: ["ReplaceFullPath", "ReplacePrefixMatch"] },
        replaceFullPath: { type: "string", maxLength: 1024 },
        replacePrefixMatch: { type: "string", maxLength: 1024 },
      },
    },
    port: portNumber,
    scheme: { type: "string", enum: ["http", "https"] },
    statusCode: { type: "integer", default: 302, enum: [301, 302] },
  },
};

function filters(types: readonly string[], more: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "array",
    maxItems: 16,
    items: {
      type: "object",
      required: ["type"],
      properties: {
        requestHeaderModifier: headerModifier,
        requestRedirect,
        ...more,
        type: { type: "string", enum: types },
      },
    },
  };
}

const backendFilters = filters(["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect"], {
  responseHeaderModifier: headerModifier,
});

const matches: Schema = {
  type: "array",
  maxItems: 8,
  default: [{ path: everyPath }],
  items: {
    type: "object",
    properties: {
      path: {
        type: "object",
        default: everyPath,
        properties: {
          type: { type: "string", default: "PathPrefix", enum: ["Exact", "PathPrefix", "RegularExpression"] },
          value: { type: "string", default: "/", maxLength: 1024 },
        },
      },
      headers: mapByName({
        type: "object",
        required: ["name", "value"],
        properties: { type: matchType, name: headerName, value: { type: "string", minLength: 1, maxLength: 4096 } },
      }),
      queryParams: mapByName({
        type: "object",
        required: ["name", "value"],
        properties: {
          type: matchType,
          name: { type: "string", minLength: 1, maxLength: 256 },
          value: { type: "string", minLength: 1, maxLength: 1024 },
        },
      }),
      method: {
        type: "string",
        enum: ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"],
      },
    },
  },
};

const backend: Schema = {
  type: "object",
  required: ["name"],
  properties: {
    group: { ...group, default: "" },
    kind: { ...kind, default: "Service" },
    name: objectName,
    namespace,
    port: portNumber,
    weight: { type: "integer", format: "int32", default: 1, minimum: 0, maximum: 1_000_000 },
    filters: backendFilters,
  },
};

/** Before v1beta2, a backend was a Service by name alone. */
const earlyBackend: Schema = {
  type: "object",
  properties: {
    name: text,
    namespace: { type: "string", default: "default" },
    port: { type: "integer" },
    filters: backendFilters,
  },
};

const duration: Schema = { type: "string", format: "duration" };
const timeouts: Schema = { type: "object", properties: { request: duration, backendRequest: duration } };

function parentRef(port: Schema): Schema {
  return {
    type: "object",
    required: ["name"],
    properties: {
      group: { ...group, default: "policy.linkerd.io" },
      kind: { ...kind, default: "Gateway" },
      name: objectName,
      namespace,
      port,
      sectionName: { ...preciseHostname },
    },
  };
}

const controllerName: Schema = {
  type: "string",
  minLength: 1,
  maxLength: 253,
  pattern: `${preciseHostname.pattern?.slice(0, -1)}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`,
};

const status: Schema = {
  type: "object",
  required: ["parents"],
  properties: {
    parents: {
      type: "array",
      maxItems: 32,
      items: {
        type: "object",
        required: ["controllerName", "parentRef"],
        properties: {
          controllerName,
          parentRef: parentRef(portNumber),
          conditions: {
            type: "array",
            minItems: 1,
            maxItems: 8,
            listType: "map",
            listMapKeys: ["type"],
            items: {
              ...condition,
              required: ["lastTransitionTime", "message", "reason", "status", "type"],
              properties: {
                ...condition.properties,
                observedGeneration: { type: "integer", format: "int64", minimum: 0 },
              },
            },
          },
        },
      },
    },
  },
};

function version(options: { parentPort: Schema; backends: Schema; more?: Readonly<Record<string, Schema>> }) {
  const spec: Schema = {
    type: "object",
    properties: {
      hostnames: { type: "array", maxItems: 16, items: hostname },
      parentRefs: { type: "array", maxItems: 32, items: parentRef(options.parentPort) },
      rules: {
        type: "array",
        maxItems: 16,
        default: [{ matches: [{ path: everyPath }] }],
        items: {
          type: "object",
          properties: {
            matches,
            filters: filters(["RequestHeaderModifier", "RequestRedirect"], {}),
            backendRefs: options.backends,
            ...options.more,
          },
        },
      },
    },
  };
  return { schema: withSpec(spec, status), statusSubresource: true as const };
}

const early = version({ parentPort: { type: "integer" }, backends: { type: "array", items: earlyBackend } });
const backends: Schema = { type: "array", maxItems: 16, items: backend };

/** Linkerd's own HTTPRoute, which is another kind than the Gateway API's. */
export const httpRoute: CustomResource = {
  group: "policy.linkerd.io",
  kind: "HTTPRoute",
  namespaced: true,
  versions: {
    v1alpha1: early,
    v1beta1: early,
    v1beta2: version({ parentPort: portNumber, backends }),
    v1beta3: version({ parentPort: portNumber, backends, more: { timeouts } }),
  },
};
