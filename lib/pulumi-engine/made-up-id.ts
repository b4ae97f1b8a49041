import { createHash } from "node:crypto";

/** The same resource has the same ID in every run. */
export function madeUpId({ name, urn }: { readonly name: string; readonly urn: string }): string {
  return `${name}-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}
