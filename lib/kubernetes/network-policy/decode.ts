import { type Fault, isRecord, type Path } from "../schema/schema";
import { unknownField } from "../schema/stored";
import { described } from "../schema/types";
import type { NetworkPolicySpec } from "./types";

/** A type in Go's API structs. An empty field is not stored unless it is `kept`; a `pointer` is not stored if it is null. */
type GoType =
  | { go: "string" | "int32" | "int or string" }
  | { go: "list"; items: GoType }
  | { go: "map" }
  | { go: "struct"; fields: Readonly<Record<string, GoType & { when?: "kept" | "pointer" }>> };

const text: GoType = { go: "string" };
const listOf = (items: GoType): GoType => ({ go: "list", items });

const labelSelector: GoType = {
  go: "struct",
  fields: {
    matchLabels: { go: "map" },
    matchExpressions: listOf({
      go: "struct",
      fields: { key: { ...text, when: "kept" }, operator: { ...text, when: "kept" }, values: listOf(text) },
    }),
  },
};
const peers = listOf({
  go: "struct",
  fields: {
    podSelector: { ...labelSelector, when: "pointer" },
    namespaceSelector: { ...labelSelector, when: "pointer" },
    ipBlock: { go: "struct", fields: { cidr: { ...text, when: "kept" }, except: listOf(text) }, when: "pointer" },
  },
});
const ports = listOf({
  go: "struct",
  fields: {
    protocol: { ...text, when: "pointer" },
    port: { go: "int or string", when: "pointer" },
    endPort: { go: "int32", when: "pointer" },
  },
});
const spec: GoType = {
  go: "struct",
  fields: {
    podSelector: { ...labelSelector, when: "kept" },
    policyTypes: listOf(text),
    ingress: listOf({ go: "struct", fields: { from: peers, ports } }),
    egress: listOf({ go: "struct", fields: { to: peers, ports } }),
  },
};

/** A spec as Go decodes it: null becomes the type's zero value, and empty lists and maps are absent. */
export type DecodedSpec = Omit<NetworkPolicySpec, "policyTypes"> & { policyTypes?: string[] };

export function decodeSpec(written: unknown): { spec: DecodedSpec; faults: Fault[] } {
  const faults: Fault[] = [];
  const decoded = decode(spec, written ?? null, ["spec"], faults);
  return { spec: decoded as DecodedSpec, faults };
}

function decode(type: GoType, value: unknown, path: Path, faults: Fault[]): unknown {
  const malformed = (expected: string) => {
    faults.push({ path, code: "malformed", message: `expected ${expected}, found ${described(value)}` });
    return undefined;
  };
  switch (type.go) {
    case "string":
      if (value === null) return "";
      if (typeof value === "string") return value;
      return malformed(typeof value === "object" ? "text" : `text: quote it, "${String(value)}"; it`);
    case "int32":
      if (value === null) return 0;
      return isInt32(value) ? value : malformed("a whole number");
    case "int or string":
      return typeof value === "string" || isInt32(value) ? value : malformed("a whole number or text");
    case "list":
      if (value === null) return [];
      if (!Array.isArray(value)) return malformed("a list");
      return value.map((item, index) => decode(type.items, item, [...path, index], faults));
    case "map": {
      if (value === null) return {};
      if (!isRecord(value)) return malformed("a mapping");
      const members = Object.entries(value).map(([key, member]) => [key, decode(text, member, [...path, key], faults)]);
      return Object.fromEntries(members);
    }
    case "struct": {
      if (value !== null && !isRecord(value)) return malformed("a mapping");
      return struct(type.fields, value ?? {}, path, faults);
    }
  }
}

function struct(
  fields: (GoType & { go: "struct" })["fields"],
  value: Readonly<Record<string, unknown>>,
  path: Path,
  faults: Fault[],
): Record<string, unknown> {
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue;
    faults.push(unknownField([...path, key], Object.keys(fields)));
  }
  const stored: Record<string, unknown> = {};
  for (const [key, type] of Object.entries(fields)) {
    const given = Object.hasOwn(value, key) ? (value[key] ?? null) : null;
    if (given === null && type.when === "pointer") continue;
    const decoded = decode(type, given, [...path, key], faults);
    if (type.when !== undefined || !isEmpty(decoded)) stored[key] = decoded;
  }
  return stored;
}

function isInt32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || value === undefined || (isRecord(value) && Object.keys(value).length === 0);
}
