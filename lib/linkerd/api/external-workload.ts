import { type Decoded, integer, list, object, optional, string } from "./decode";
import { type Metadata, metadataOf, type RawObject } from "./object";

const spec = object({
  meshTLS: object({ identity: string, serverName: string }),
  ports: optional(list(object({ name: optional(string), port: integer(1, 65535), protocol: optional(string) }))),
  workloadIPs: optional(list(object({ ip: string }))),
});

/** A workload of the mesh that is not a pod. */
export interface ExternalWorkload extends Metadata {
  spec: Decoded<typeof spec>;
}

export function decodeExternalWorkload(raw: RawObject): ExternalWorkload {
  return { ...metadataOf(raw), spec: spec(raw.spec, "spec") };
}
