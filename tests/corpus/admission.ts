import { isDeepStrictEqual } from "node:util";
import { admit } from "../../lib/input/admission/admit";
import type { Admission, Way } from "../../lib/kubernetes/schema/admit";

/** An object, and the answer of a live API server to its creation; `serverSide` if the answer to a server-side apply differs. */
export interface AdmissionCase {
  id: string;
  object: Record<string, unknown>;
  answer: Answer;
  serverSide?: Answer;
}

type Answer =
  | { accepted: true; becomes?: { spec?: unknown; specs?: unknown } }
  | { accepted: false; by: "api-server" | "webhook"; message: string; fields?: string[] };

export function isAdmissionCase(record: object): record is AdmissionCase {
  return "object" in record && "answer" in record;
}

/**
 * How our answer differs from the live one, for a create and a server-side apply; empty if it does not. Without a recorded answer to a server-side
 * apply, it was the same or was not recorded.
 */
export function admissionDifferences({ object, answer, serverSide }: AdmissionCase): string[] {
  const asked = serverSide !== undefined || !holdsNull(object);
  return [
    ...difference("create", object, answer),
    ...(asked ? difference("server-side apply", object, serverSide ?? answer) : []),
  ];
}

function holdsNull(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.values(value).some(holdsNull));
}

function difference(way: Way, object: Record<string, unknown>, live: Answer): string[] {
  const ours = admit(object, way);
  if (ours === undefined) return [`${way}: the kind is not known`];
  const said = (text: string) => [`${way}: ${text}`];
  if (!live.accepted) {
    if (ours.accepted) return said(`accepted, live refused by the ${live.by}: ${live.message}`);
    return ours.by === live.by ? [] : said(`refused by the ${ours.by}, live by the ${live.by}: ${live.message}`);
  }
  if (!ours.accepted) return said(`refused, live accepted: ${describeFaults(ours)}`);
  const becomes = live.becomes ?? { spec: object.spec, specs: object.specs };
  return (["spec", "specs"] as const).flatMap((field) =>
    isDeepStrictEqual(ours.object[field], becomes[field])
      ? []
      : said(`${field} becomes ${JSON.stringify(ours.object[field])}, live ${JSON.stringify(becomes[field])}`),
  );
}

function describeFaults({ faults }: Admission & { accepted: false }): string {
  return faults.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}
