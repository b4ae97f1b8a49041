import { metadataFaults } from "../metadata";
import { duplicates } from "./list-types";
import { ruleFaults } from "./rules";
import type { CustomResource, Fault, FaultCode } from "./schema";
import { unknownFields, withDefaults, withoutNulls } from "./stored";
import { schemaFaults } from "./validate";

/**
 * How an object comes to the API server. A create (kubectl apply, Helm 3) drops nulls from custom resources, a server-side apply (Pulumi, Flux's
 * Kustomizations, Argo CD where it is set) has them refused.
 */
export type Way = "create" | "server-side apply";

/** An object as it was written, parsed from YAML or JSON. */
export type WrittenObject = Readonly<Record<string, unknown>>;

/** What the API server makes of an object. */
export type Admission =
  | {
      accepted: true;
      /** As it is stored: nulls and defaults settled. */
      object: Record<string, unknown>;
    }
  | {
      accepted: false;
      by: "api-server" | "webhook";
      /** What is wrong with it; at least one. */
      faults: readonly Fault[];
    };

/** Of these kinds an object's own rules are not asked any more: they count on a fitting object. */
const BLOCKING: ReadonlySet<FaultCode> = new Set(["unsupported", "required", "too-long", "too-many", "type"]);

/**
 * Admits an object of a kind that a CustomResourceDefinition defines, as the API server does when it is created with strict validation of its
 * fields: decode, drop nulls, fill in defaults, validate.
 *
 * @param version One of the definition's versions.
 */
export function admitCustomResource(
  definition: CustomResource,
  version: string,
  written: WrittenObject,
  way: Way = "create",
): Admission {
  const served = definition.versions[version];
  if (served === undefined) throw new RangeError(`${definition.kind} has no version ${version}`);
  const { schema, statusSubresource } = served;
  const metadata = metadataFaults(written.metadata, definition.namespaced);
  const undecodable = [
    ...metadata.filter(({ code }) => code === "malformed" || code === "unknown-field"),
    ...unknownFields(schema, written),
  ];
  if (undecodable.length > 0) return { accepted: false, by: "api-server", faults: undecodable };
  const kept = way === "create" ? withoutNulls(schema, written) : written;
  const object = withDefaults(schema, kept) as Record<string, unknown>;
  if (statusSubresource === true) delete object.status;
  const faults = [...metadata, ...schemaFaults(schema, object), ...duplicates(schema, object)];
  if (!faults.some(({ code }) => BLOCKING.has(code))) faults.push(...ruleFaults(schema, object));
  return faults.length > 0 ? { accepted: false, by: "api-server", faults } : { accepted: true, object };
}
