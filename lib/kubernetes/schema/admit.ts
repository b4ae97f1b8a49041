import { metadataFaults } from "../metadata";
import { duplicates } from "./list-types";
import { ruleFaults } from "./rules";
import type { CustomResource, Fault, FaultCode } from "./schema";
import { unknownFields, withDefaults, withoutNulls } from "./stored";
import { schemaFaults } from "./validate";

/**
 * How an object is applied. A create (kubectl apply, Helm 3) drops nulls from custom resources; a server-side apply (Pulumi, Flux's Kustomizations,
 * Argo CD if configured) refuses them.
 */
export type Way = "create" | "server-side apply";

/** An object as written, parsed from YAML or JSON. */
export type WrittenObject = Readonly<Record<string, unknown>>;

/** The API server's answer to an object. */
export type Admission =
  | {
      accepted: true;
      /** The object as stored, with defaults and without dropped nulls. */
      object: Record<string, unknown>;
    }
  | {
      accepted: false;
      by: "api-server" | "webhook";
      /** At least one. */
      faults: readonly Fault[];
    };

/** Faults of these kinds keep the API server from evaluating CEL rules, which rely on a valid object. */
const BLOCKING: ReadonlySet<FaultCode> = new Set(["unsupported", "required", "too-long", "too-many", "type"]);

/**
 * Admits a custom resource as the API server does with strict field validation: decodes it, drops nulls, fills in defaults and validates it.
 *
 * @param version One of the definition's versions.
 * @throws RangeError if the definition has no such version
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
