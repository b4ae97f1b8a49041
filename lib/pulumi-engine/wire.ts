import {
  AssetValue,
  isPropertyMap,
  type Properties,
  type PropertyValue,
  ResourceReference,
  Secret,
  unknown,
} from "./values";

/**
 * Marks special values in the plain structures of Pulumi's protocol: a map with this key, whose value tells the kind.
 * Source: `sdk/go/common/resource/sig/sig.go` of the Pulumi engine.
 */
const signatureKey = "4dabf18193072939515e22adb298388d";
const signature = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
} as const;

/** The text for an unknown value. */
export const unknownOnWire = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A structure in the form of the protocol. */
export type WireValue = null | boolean | number | string | WireValue[] | WireMap;
export type WireMap = { [key: string]: WireValue };

/** Reads a value from the wire. Output values, which only remote components and transforms get, become their content. */
export function decode(value: WireValue): PropertyValue {
  if (value === unknownOnWire) return unknown;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const { [signatureKey]: kind, ...content } = value;
  switch (kind) {
    case signature.secret:
      return new Secret(decode(content.value ?? null));
    case signature.output: {
      const held = "value" in content ? decode(content.value ?? null) : unknown;
      return content.secret === true ? new Secret(held) : held;
    }
    case signature.resource:
      return new ResourceReference(
        String(content.urn),
        content.id === undefined
          ? undefined
          : content.id === "" || content.id === unknownOnWire
            ? unknown
            : String(content.id),
      );
    case signature.asset:
    case signature.archive:
      return new AssetValue(kind === signature.asset ? "asset" : "archive", decodeMap(content));
    default:
      return decodeMap(value);
  }
}

/** Reads the inputs or outputs of a resource from the wire. */
export function decodeMap(map: WireMap): Properties {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, decode(value)]));
}

/** Writes a value for the wire. */
export function encode(value: PropertyValue): WireValue {
  if (value === unknown) return unknownOnWire;
  if (value instanceof Secret) return { [signatureKey]: signature.secret, value: encode(value.value) };
  if (value instanceof ResourceReference) {
    return {
      [signatureKey]: signature.resource,
      urn: value.urn,
      ...(value.id === undefined ? {} : { id: value.id === unknown ? unknownOnWire : String(value.id) }),
    };
  }
  if (value instanceof AssetValue) return { [signatureKey]: signature[value.kind], ...encodeMap(value.content) };
  if (Array.isArray(value)) return value.map(encode);
  if (isPropertyMap(value)) return encodeMap(value);
  return value as null | boolean | number | string;
}

/** Writes the inputs or outputs of a resource for the wire. */
export function encodeMap(map: Properties): WireMap {
  return Object.fromEntries(
    Object.entries(map)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, encode(value)]),
  );
}

/** The URNs of the resources that the output values in `value` depend on. */
export function outputDependencies(value: WireValue, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const item of value) outputDependencies(item, found);
  else if (typeof value === "object" && value !== null) {
    if (value[signatureKey] === signature.output && Array.isArray(value.dependencies)) {
      for (const urn of value.dependencies) found.add(String(urn));
    }
    for (const item of Object.values(value)) outputDependencies(item, found);
  }
  return found;
}

/** The inputs as output values with their dependencies, as transforms get them. */
export function asOutputValues(inputs: WireMap, dependencies: { [property: string]: readonly string[] }): WireMap {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => {
      const urns = dependencies[key] ?? [];
      if (urns.length === 0) return [key, value];
      const secret = isSigned(value, signature.secret);
      const held = secret ? ((value as WireMap).value ?? null) : value;
      return [
        key,
        {
          [signatureKey]: signature.output,
          ...(held === unknownOnWire ? {} : { value: held }),
          ...(secret ? { secret: true } : {}),
          dependencies: [...urns],
        },
      ];
    }),
  );
}

function isSigned(value: WireValue, kind: string): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && value[signatureKey] === kind;
}
