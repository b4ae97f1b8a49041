import { dictionary } from "../common/maps";
import { labelNameFault, labelValueFault } from "./label-faults";
import { type Fault, isRecord, type Path } from "./schema/schema";
import { unknownField } from "./schema/stored";

type FieldType = "text" | "number" | "time" | "map" | "list of text" | "list of mappings";

/** The types of ObjectMeta's fields, as Go decodes them. Null counts as absent. */
const fields = dictionary<FieldType>({
  name: "text",
  generateName: "text",
  namespace: "text",
  selfLink: "text",
  uid: "text",
  resourceVersion: "text",
  generation: "number",
  creationTimestamp: "time",
  deletionTimestamp: "time",
  deletionGracePeriodSeconds: "number",
  labels: "map",
  annotations: "map",
  ownerReferences: "list of mappings",
  finalizers: "list of text",
  managedFields: "list of mappings",
});

/** The names of most objects are DNS subdomains. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** The maximum size of all annotations together, in bytes. */
const ANNOTATIONS_LIMIT = 256 * 1024;

/** The faults that the API server finds in the metadata of a new object. Fields that only the API server sets, such as `uid`, are allowed. */
export function metadataFaults(metadata: unknown, namespaced: boolean): Fault[] {
  const malformed = malformedMetadata(metadata);
  if (malformed.length > 0) return malformed;
  const given = isRecord(metadata) ? metadata : {};
  return [
    ...nameFaults(given),
    ...(namespaced ? namespaceFaults(given.namespace) : []),
    ...labelFaults(given.labels),
    ...annotationFaults(given.annotations),
    ...finalizerFaults(given.finalizers),
  ];
}

function malformedMetadata(metadata: unknown): Fault[] {
  if (metadata === undefined || metadata === null) return [];
  if (!isRecord(metadata)) return [malformed([], "a mapping")];
  return Object.entries(metadata).flatMap(([key, value]): Fault[] => {
    const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (type !== undefined) return value === null ? [] : typeFaults(key, type, value);
    return [unknownField(["metadata", key], Object.keys(fields))];
  });
}

function typeFaults(key: string, type: FieldType, value: unknown): Fault[] {
  switch (type) {
    case "text":
    case "time":
      return typeof value === "string" ? [] : [malformed([key], textOr(value))];
    case "number":
      return Number.isInteger(value) ? [] : [malformed([key], "a whole number")];
    case "map":
      if (!isRecord(value)) return [malformed([key], "a mapping")];
      return Object.entries(value).flatMap(([name, text]) =>
        typeof text === "string" || text === null ? [] : [malformed([key, name], textOr(text))],
      );
    case "list of text":
      return itemFaults(key, value, (item) => typeof item === "string", "text");
    case "list of mappings":
      return itemFaults(key, value, isRecord, "a mapping");
  }
}

function itemFaults(key: string, value: unknown, isItem: (item: unknown) => boolean, what: string): Fault[] {
  if (!Array.isArray(value)) return [malformed([key], "a list")];
  return value.flatMap((item, index) => (item === null || isItem(item) ? [] : [malformed([key, index], what)]));
}

function textOr(found: unknown): string {
  return typeof found === "number" || typeof found === "boolean" ? `text: quote it, "${found}"` : "text";
}

function malformed(path: Path, what: string): Fault {
  return { path: ["metadata", ...path], code: "malformed", message: `expected ${what}` };
}

function nameFaults({ name, generateName }: Readonly<Record<string, unknown>>): Fault[] {
  const faults: Fault[] = [];
  const given = (value: unknown): value is string => typeof value === "string" && value !== "";
  if (given(generateName))
    faults.push(...textFaults(["metadata", "generateName"], generateName.replace(/-$/, "a"), NAME, 253));
  if (given(name)) faults.push(...textFaults(["metadata", "name"], name, NAME, 253));
  else if (!given(generateName)) faults.push({ path: ["metadata"], code: "required", message: "`name` is missing" });
  return faults;
}

function namespaceFaults(namespace: unknown): Fault[] {
  if (typeof namespace !== "string" || namespace === "") return [];
  return textFaults(["metadata", "namespace"], namespace, NAMESPACE, 63);
}

function textFaults(path: Path, value: string, pattern: RegExp, most: number): Fault[] {
  if (Buffer.byteLength(value) > most) {
    return [{ path, code: "invalid", message: `is longer than ${most} characters` }];
  }
  if (pattern.test(value)) return [];
  const rule =
    'is not a name: use lower-case letters, digits, "-" and (in most names) ".", beginning and ending with a letter or digit';
  return [{ path, code: "invalid", message: `${JSON.stringify(value)} ${rule}` }];
}

function labelFaults(labels: unknown): Fault[] {
  if (!isRecord(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]): Fault[] => {
    const messages = [labelNameFault(key), labelValueFault(typeof value === "string" ? value : "")];
    return messages.flatMap((message) =>
      message === undefined ? [] : [{ path: ["metadata", "labels", key], code: "invalid" as const, message }],
    );
  });
}

function annotationFaults(annotations: unknown): Fault[] {
  if (!isRecord(annotations)) return [];
  const entries = Object.entries(annotations);
  const size = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value ?? "")),
    0,
  );
  const faults = entries.flatMap(([key]): Fault[] => {
    const message = labelNameFault(key.toLowerCase());
    return message === undefined ? [] : [{ path: ["metadata", "annotations", key], code: "invalid", message }];
  });
  if (size > ANNOTATIONS_LIMIT) {
    faults.push({
      path: ["metadata", "annotations"],
      code: "too-long",
      message: `take more than ${ANNOTATIONS_LIMIT} bytes`,
    });
  }
  return faults;
}

function finalizerFaults(finalizers: unknown): Fault[] {
  if (!Array.isArray(finalizers)) return [];
  return finalizers.flatMap((name, index): Fault[] => {
    const message = labelNameFault(typeof name === "string" ? name : "");
    return message === undefined ? [] : [{ path: ["metadata", "finalizers", index], code: "invalid", message }];
  });
}
