// Written by `npm run schema:crds` from the CRDs of the Gateway API v1.1.1, experimental channel. Not to be edited.
import type { CustomResource, Schema } from "../../../kubernetes/schema/schema";

const hostnames: Schema = {
  items: {
    maxLength: 253,
    minLength: 1,
    pattern: "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    type: "string",
  },
  maxItems: 16,
  type: "array",
};

const namespace: Schema = { maxLength: 63, minLength: 1, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", type: "string" };

const port: Schema = { format: "int32", maximum: 65535, minimum: 1, type: "integer" };

const sectionName: Schema = {
  maxLength: 253,
  minLength: 1,
  pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
  type: "string",
};

const parentRefsItem: Schema = {
  properties: {
    group: {
      default: "gateway.networking.k8s.io",
      maxLength: 253,
      pattern: "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
      type: "string",
    },
    kind: {
      default: "Gateway",
      maxLength: 63,
      minLength: 1,
      pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
      type: "string",
    },
    name: { maxLength: 253, minLength: 1, type: "string" },
    namespace: namespace,
    port: port,
    sectionName: sectionName,
  },
  required: ["name"],
  type: "object",
};

const parentRefs: Schema = {
  items: parentRefsItem,
  maxItems: 32,
  type: "array",
  validations: [
    {
      rule: "self.all(p1, self.all(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__)) ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '') && (!has(p1.port) || p1.port == 0) == (!has(p2.port) || p2.port == 0)): true))",
      message: "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
    },
    {
      rule: "self.all(p1, self.exists_one(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__ )) && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || ( has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName)) && (((!has(p1.port) || p1.port == 0) && (!has(p2.port) || p2.port == 0)) || (has(p1.port) && has(p2.port) && p1.port == p2.port))))",
      message: "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
    },
  ],
};

const extensionRef: Schema = {
  properties: {
    group: {
      maxLength: 253,
      pattern: "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
      type: "string",
    },
    kind: { maxLength: 63, minLength: 1, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", type: "string" },
    name: { maxLength: 253, minLength: 1, type: "string" },
  },
  required: ["group", "kind", "name"],
  type: "object",
};

const name: Schema = { maxLength: 256, minLength: 1, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$", type: "string" };

const add: Schema = {
  items: {
    properties: { name: name, value: { maxLength: 4096, minLength: 1, type: "string" } },
    required: ["name", "value"],
    type: "object",
  },
  maxItems: 16,
  type: "array",
  listMapKeys: ["name"],
  listType: "map",
};

const requestHeaderModifier: Schema = {
  properties: {
    add: add,
    remove: { items: { type: "string" }, maxItems: 16, type: "array", listType: "set" },
    set: add,
  },
  type: "object",
};

const group: Schema = {
  default: "",
  maxLength: 253,
  pattern: "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
  type: "string",
};

const kind: Schema = {
  default: "Service",
  maxLength: 63,
  minLength: 1,
  pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
  type: "string",
};

const requestMirror: Schema = {
  properties: {
    backendRef: {
      properties: {
        group: group,
        kind: kind,
        name: { maxLength: 253, minLength: 1, type: "string" },
        namespace: namespace,
        port: port,
      },
      required: ["name"],
      type: "object",
      validations: [
        {
          rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
          message: "Must have port for Service reference",
        },
      ],
    },
  },
  required: ["backendRef"],
  type: "object",
};

const path: Schema = {
  properties: {
    replaceFullPath: { maxLength: 1024, type: "string" },
    replacePrefixMatch: { maxLength: 1024, type: "string" },
    type: { enum: ["ReplaceFullPath", "ReplacePrefixMatch"], type: "string" },
  },
  required: ["type"],
  type: "object",
  validations: [
    {
      rule: "self.type == 'ReplaceFullPath' ? has(self.replaceFullPath) : true",
      message: "replaceFullPath must be specified when type is set to 'ReplaceFullPath'",
    },
    {
      rule: "has(self.replaceFullPath) ? self.type == 'ReplaceFullPath' : true",
      message: "type must be 'ReplaceFullPath' when replaceFullPath is set",
    },
    {
      rule: "self.type == 'ReplacePrefixMatch' ? has(self.replacePrefixMatch) : true",
      message: "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'",
    },
    {
      rule: "has(self.replacePrefixMatch) ? self.type == 'ReplacePrefixMatch' : true",
      message: "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set",
    },
  ],
};

const filtersItem: Schema = {
  properties: {
    extensionRef: extensionRef,
    requestHeaderModifier: requestHeaderModifier,
    requestMirror: requestMirror,
    requestRedirect: {
      properties: {
        hostname: sectionName,
        path: path,
        port: port,
        scheme: { enum: ["http", "https"], type: "string" },
        statusCode: { default: 302, enum: [301, 302], type: "integer" },
      },
      type: "object",
    },
    responseHeaderModifier: requestHeaderModifier,
    type: {
      enum: [
        "RequestHeaderModifier",
        "ResponseHeaderModifier",
        "RequestMirror",
        "RequestRedirect",
        "URLRewrite",
        "ExtensionRef",
      ],
      type: "string",
    },
    urlRewrite: { properties: { hostname: sectionName, path: path }, type: "object" },
  },
  required: ["type"],
  type: "object",
  validations: [
    {
      rule: "!(has(self.requestHeaderModifier) && self.type != 'RequestHeaderModifier')",
      message: "filter.requestHeaderModifier must be nil if the filter.type is not RequestHeaderModifier",
    },
    {
      rule: "!(!has(self.requestHeaderModifier) && self.type == 'RequestHeaderModifier')",
      message: "filter.requestHeaderModifier must be specified for RequestHeaderModifier filter.type",
    },
    {
      rule: "!(has(self.responseHeaderModifier) && self.type != 'ResponseHeaderModifier')",
      message: "filter.responseHeaderModifier must be nil if the filter.type is not ResponseHeaderModifier",
    },
    {
      rule: "!(!has(self.responseHeaderModifier) && self.type == 'ResponseHeaderModifier')",
      message: "filter.responseHeaderModifier must be specified for ResponseHeaderModifier filter.type",
    },
    {
      rule: "!(has(self.requestMirror) && self.type != 'RequestMirror')",
      message: "filter.requestMirror must be nil if the filter.type is not RequestMirror",
    },
    {
      rule: "!(!has(self.requestMirror) && self.type == 'RequestMirror')",
      message: "filter.requestMirror must be specified for RequestMirror filter.type",
    },
    {
      rule: "!(has(self.requestRedirect) && self.type != 'RequestRedirect')",
      message: "filter.requestRedirect must be nil if the filter.type is not RequestRedirect",
    },
    {
      rule: "!(!has(self.requestRedirect) && self.type == 'RequestRedirect')",
      message: "filter.requestRedirect must be specified for RequestRedirect filter.type",
    },
    {
      rule: "!(has(self.urlRewrite) && self.type != 'URLRewrite')",
      message: "filter.urlRewrite must be nil if the filter.type is not URLRewrite",
    },
    {
      rule: "!(!has(self.urlRewrite) && self.type == 'URLRewrite')",
      message: "filter.urlRewrite must be specified for URLRewrite filter.type",
    },
    {
      rule: "!(has(self.extensionRef) && self.type != 'ExtensionRef')",
      message: "filter.extensionRef must be nil if the filter.type is not ExtensionRef",
    },
    {
      rule: "!(!has(self.extensionRef) && self.type == 'ExtensionRef')",
      message: "filter.extensionRef must be specified for ExtensionRef filter.type",
    },
  ],
};

const weight: Schema = { default: 1, format: "int32", maximum: 1000000, minimum: 0, type: "integer" };

const type: Schema = { default: "Exact", enum: ["Exact", "RegularExpression"], type: "string" };

const headers: Schema = {
  items: {
    properties: { name: name, type: type, value: { maxLength: 4096, minLength: 1, type: "string" } },
    required: ["name", "value"],
    type: "object",
  },
  maxItems: 16,
  type: "array",
  listMapKeys: ["name"],
  listType: "map",
};

const sessionPersistence: Schema = {
  properties: {
    absoluteTimeout: { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$", type: "string" },
    cookieConfig: {
      properties: { lifetimeType: { default: "Session", enum: ["Permanent", "Session"], type: "string" } },
      type: "object",
    },
    idleTimeout: { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$", type: "string" },
    sessionName: { maxLength: 128, type: "string" },
    type: { default: "Cookie", enum: ["Cookie", "Header"], type: "string" },
  },
  type: "object",
  validations: [
    {
      rule: "!has(self.cookieConfig) || !has(self.cookieConfig.lifetimeType) || self.cookieConfig.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
      message: "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent",
    },
  ],
};

const status: Schema = {
  properties: {
    parents: {
      items: {
        properties: {
          conditions: {
            items: {
              properties: {
                lastTransitionTime: { format: "date-time", type: "string" },
                message: { maxLength: 32768, type: "string" },
                observedGeneration: { format: "int64", minimum: 0, type: "integer" },
                reason: {
                  maxLength: 1024,
                  minLength: 1,
                  pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                  type: "string",
                },
                status: { enum: ["True", "False", "Unknown"], type: "string" },
                type: {
                  maxLength: 316,
                  pattern:
                    "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
                  type: "string",
                },
              },
              required: ["lastTransitionTime", "message", "reason", "status", "type"],
              type: "object",
            },
            maxItems: 8,
            minItems: 1,
            type: "array",
            listMapKeys: ["type"],
            listType: "map",
          },
          controllerName: {
            maxLength: 253,
            minLength: 1,
            pattern:
              "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
            type: "string",
          },
          parentRef: parentRefsItem,
        },
        required: ["controllerName", "parentRef"],
        type: "object",
      },
      maxItems: 32,
      type: "array",
    },
  },
  required: ["parents"],
  type: "object",
};

const gatewayHttpRouteV1Schema: Schema = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: {
      properties: {
        hostnames: hostnames,
        parentRefs: parentRefs,
        rules: {
          default: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }] }],
          items: {
            properties: {
              backendRefs: {
                items: {
                  properties: {
                    filters: {
                      items: filtersItem,
                      maxItems: 16,
                      type: "array",
                      validations: [
                        {
                          rule: "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
                          message:
                            "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
                        },
                        {
                          rule: "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
                          message:
                            "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
                        },
                        {
                          rule: "self.filter(f, f.type == 'RequestHeaderModifier').size() <= 1",
                          message: "RequestHeaderModifier filter cannot be repeated",
                        },
                        {
                          rule: "self.filter(f, f.type == 'ResponseHeaderModifier').size() <= 1",
                          message: "ResponseHeaderModifier filter cannot be repeated",
                        },
                        {
                          rule: "self.filter(f, f.type == 'RequestRedirect').size() <= 1",
                          message: "RequestRedirect filter cannot be repeated",
                        },
                        {
                          rule: "self.filter(f, f.type == 'URLRewrite').size() <= 1",
                          message: "URLRewrite filter cannot be repeated",
                        },
                      ],
                    },
                    group: group,
                    kind: kind,
                    name: { maxLength: 253, minLength: 1, type: "string" },
                    namespace: namespace,
                    port: port,
                    weight: weight,
                  },
                  required: ["name"],
                  type: "object",
                  validations: [
                    {
                      rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
                      message: "Must have port for Service reference",
                    },
                  ],
                },
                maxItems: 16,
                type: "array",
              },
              filters: {
                items: filtersItem,
                maxItems: 16,
                type: "array",
                validations: [
                  {
                    rule: "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
                    message:
                      "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
                  },
                  {
                    rule: "self.filter(f, f.type == 'RequestHeaderModifier').size() <= 1",
                    message: "RequestHeaderModifier filter cannot be repeated",
                  },
                  {
                    rule: "self.filter(f, f.type == 'ResponseHeaderModifier').size() <= 1",
                    message: "ResponseHeaderModifier filter cannot be repeated",
                  },
                  {
                    rule: "self.filter(f, f.type == 'RequestRedirect').size() <= 1",
                    message: "RequestRedirect filter cannot be repeated",
                  },
                  {
                    rule: "self.filter(f, f.type == 'URLRewrite').size() <= 1",
                    message: "URLRewrite filter cannot be repeated",
                  },
                ],
              },
              matches: {
                default: [{ path: { type: "PathPrefix", value: "/" } }],
                items: {
                  properties: {
                    headers: headers,
                    method: {
                      enum: ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"],
                      type: "string",
                    },
                    path: {
                      default: { type: "PathPrefix", value: "/" },
                      properties: {
                        type: {
                          default: "PathPrefix",
                          enum: ["Exact", "PathPrefix", "RegularExpression"],
                          type: "string",
                        },
                        value: { default: "/", maxLength: 1024, type: "string" },
                      },
                      type: "object",
                      validations: [
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true",
                          message:
                            "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('//') : true",
                          message: "must not contain '//' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('/./') : true",
                          message: "must not contain '/./' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('/../') : true",
                          message: "must not contain '/../' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('%2f') : true",
                          message: "must not contain '%2f' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('%2F') : true",
                          message: "must not contain '%2F' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.contains('#') : true",
                          message: "must not contain '#' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.endsWith('/..') : true",
                          message: "must not end with '/..' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "(self.type in ['Exact','PathPrefix']) ? !self.value.endsWith('/.') : true",
                          message: "must not end with '/.' when type one of ['Exact', 'PathPrefix']",
                        },
                        {
                          rule: "self.type in ['Exact','PathPrefix'] || self.type == 'RegularExpression'",
                          message: "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
                        },
                        {
                          rule: '(self.type in [\'Exact\',\'PathPrefix\']) ? self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&\'()*+,;=:@]|[%][0-9a-fA-F]{2})+$""") : true',
                          message:
                            "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
                        },
                      ],
                    },
                    queryParams: {
                      items: {
                        properties: {
                          name: name,
                          type: type,
                          value: { maxLength: 1024, minLength: 1, type: "string" },
                        },
                        required: ["name", "value"],
                        type: "object",
                      },
                      maxItems: 16,
                      type: "array",
                      listMapKeys: ["name"],
                      listType: "map",
                    },
                  },
                  type: "object",
                },
                maxItems: 8,
                type: "array",
              },
              sessionPersistence: sessionPersistence,
              timeouts: {
                properties: {
                  backendRequest: { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$", type: "string" },
                  request: { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$", type: "string" },
                },
                type: "object",
                validations: [
                  {
                    rule: "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
                    message: "backendRequest timeout cannot be longer than request timeout",
                  },
                ],
              },
            },
            type: "object",
            validations: [
              {
                rule: "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
                message: "RequestRedirect filter must not be used together with backendRefs",
              },
              {
                rule: "(has(self.filters) && self.filters.exists_one(f, has(f.requestRedirect) && has(f.requestRedirect.path) && f.requestRedirect.path.type == 'ReplacePrefixMatch' && has(f.requestRedirect.path.replacePrefixMatch))) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true",
                message:
                  "When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
              },
              {
                rule: "(has(self.filters) && self.filters.exists_one(f, has(f.urlRewrite) && has(f.urlRewrite.path) && f.urlRewrite.path.type == 'ReplacePrefixMatch' && has(f.urlRewrite.path.replacePrefixMatch))) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true",
                message:
                  "When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
              },
              {
                rule: "(has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(f, has(f.requestRedirect) && has(f.requestRedirect.path) && f.requestRedirect.path.type == 'ReplacePrefixMatch' && has(f.requestRedirect.path.replacePrefixMatch))) )) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true",
                message:
                  "Within backendRefs, when using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
              },
              {
                rule: "(has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(f, has(f.urlRewrite) && has(f.urlRewrite.path) && f.urlRewrite.path.type == 'ReplacePrefixMatch' && has(f.urlRewrite.path.replacePrefixMatch))) )) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true",
                message:
                  "Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
              },
            ],
          },
          maxItems: 16,
          type: "array",
        },
      },
      type: "object",
    },
    status: status,
  },
  required: ["spec"],
  type: "object",
};

const filters: Schema = {
  items: {
    properties: {
      extensionRef: extensionRef,
      requestHeaderModifier: requestHeaderModifier,
      requestMirror: requestMirror,
      responseHeaderModifier: requestHeaderModifier,
      type: {
        enum: ["ResponseHeaderModifier", "RequestHeaderModifier", "RequestMirror", "ExtensionRef"],
        type: "string",
      },
    },
    required: ["type"],
    type: "object",
    validations: [
      {
        rule: "!(has(self.requestHeaderModifier) && self.type != 'RequestHeaderModifier')",
        message: "filter.requestHeaderModifier must be nil if the filter.type is not RequestHeaderModifier",
      },
      {
        rule: "!(!has(self.requestHeaderModifier) && self.type == 'RequestHeaderModifier')",
        message: "filter.requestHeaderModifier must be specified for RequestHeaderModifier filter.type",
      },
      {
        rule: "!(has(self.responseHeaderModifier) && self.type != 'ResponseHeaderModifier')",
        message: "filter.responseHeaderModifier must be nil if the filter.type is not ResponseHeaderModifier",
      },
      {
        rule: "!(!has(self.responseHeaderModifier) && self.type == 'ResponseHeaderModifier')",
        message: "filter.responseHeaderModifier must be specified for ResponseHeaderModifier filter.type",
      },
      {
        rule: "!(has(self.requestMirror) && self.type != 'RequestMirror')",
        message: "filter.requestMirror must be nil if the filter.type is not RequestMirror",
      },
      {
        rule: "!(!has(self.requestMirror) && self.type == 'RequestMirror')",
        message: "filter.requestMirror must be specified for RequestMirror filter.type",
      },
      {
        rule: "!(has(self.extensionRef) && self.type != 'ExtensionRef')",
        message: "filter.extensionRef must be nil if the filter.type is not ExtensionRef",
      },
      {
        rule: "!(!has(self.extensionRef) && self.type == 'ExtensionRef')",
        message: "filter.extensionRef must be specified for ExtensionRef filter.type",
      },
    ],
  },
  maxItems: 16,
  type: "array",
  validations: [
    {
      rule: "self.filter(f, f.type == 'RequestHeaderModifier').size() <= 1",
      message: "RequestHeaderModifier filter cannot be repeated",
    },
    {
      rule: "self.filter(f, f.type == 'ResponseHeaderModifier').size() <= 1",
      message: "ResponseHeaderModifier filter cannot be repeated",
    },
  ],
};

const gatewayGrpcRouteV1Schema: Schema = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: {
      properties: {
        hostnames: hostnames,
        parentRefs: parentRefs,
        rules: {
          items: {
            properties: {
              backendRefs: {
                items: {
                  properties: {
                    filters: filters,
                    group: group,
                    kind: kind,
                    name: { maxLength: 253, minLength: 1, type: "string" },
                    namespace: namespace,
                    port: port,
                    weight: weight,
                  },
                  required: ["name"],
                  type: "object",
                  validations: [
                    {
                      rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
                      message: "Must have port for Service reference",
                    },
                  ],
                },
                maxItems: 16,
                type: "array",
              },
              filters: filters,
              matches: {
                items: {
                  properties: {
                    headers: headers,
                    method: {
                      properties: {
                        method: { maxLength: 1024, type: "string" },
                        service: { maxLength: 1024, type: "string" },
                        type: type,
                      },
                      type: "object",
                      validations: [
                        {
                          rule: "has(self.type) ? has(self.service) || has(self.method) : true",
                          message: "One or both of 'service' or 'method' must be specified",
                        },
                        {
                          rule: '(!has(self.type) || self.type == \'Exact\') && has(self.service) ? self.service.matches(r"""^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$"""): true',
                          message:
                            "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)",
                        },
                        {
                          rule: '(!has(self.type) || self.type == \'Exact\') && has(self.method) ? self.method.matches(r"""^[A-Za-z_][A-Za-z_0-9]*$"""): true',
                          message: "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)",
                        },
                      ],
                    },
                  },
                  type: "object",
                },
                maxItems: 8,
                type: "array",
              },
              sessionPersistence: sessionPersistence,
            },
            type: "object",
          },
          maxItems: 16,
          type: "array",
        },
      },
      type: "object",
    },
    status: status,
  },
  type: "object",
};

export const gatewayHttpRoute: CustomResource = {
  group: "gateway.networking.k8s.io",
  kind: "HTTPRoute",
  namespaced: true,
  versions: {
    v1: { schema: gatewayHttpRouteV1Schema, statusSubresource: true },
    v1beta1: { schema: gatewayHttpRouteV1Schema, statusSubresource: true },
  },
};

export const gatewayGrpcRoute: CustomResource = {
  group: "gateway.networking.k8s.io",
  kind: "GRPCRoute",
  namespaced: true,
  versions: {
    v1: { schema: gatewayGrpcRouteV1Schema, statusSubresource: true },
    v1alpha2: { schema: gatewayGrpcRouteV1Schema, statusSubresource: true },
  },
};
