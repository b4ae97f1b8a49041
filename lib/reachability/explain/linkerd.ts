import type { Place } from "../../common/problem";
import type { Scenario } from "../../scenario/scenario";
import type { DecidingObject, LinkerdDecision } from "../linkerd-decision";
import { sharedAccounts } from "../shared-accounts";
import type { Verdict } from "../verdict";
import { decidersWords } from "../words";

/** What Linkerd's proxy of the server decides, and by which objects. */
export interface AuthorizationExplanation extends Pick<LinkerdDecision, "verdict" | "owner" | "admittedBy" | "routes"> {
  /** In one sentence, without the requests. */
  sentence: string;
  /** The objects that decide, the Server first. Empty: a default policy does. */
  objects: readonly LinkerdPlace[];
  /** Where the authorization names the client's service account: other workloads that run under it. To Linkerd they are the same client. */
  sameAccount?: readonly string[];
  /** Of a denial: the AuthorizationPolicy that comes nearest to admitting the client, and what keeps it from that. Absent: none is near. */
  nearest?: LinkerdPlace & { words: string };
}

/** An object of Linkerd's authorization, and where it is written. */
export interface LinkerdPlace extends DecidingObject {
  /** File and line, where they are known. */
  place?: Place;
}

/** Says where an object of Linkerd's authorization is written, by its place in the scenario's `mesh.authorization`. */
export type LocateObject = (index: number) => Place | undefined;

/** An object of Linkerd's as it is stored, as far as it is read here. */
export interface Stored {
  kind?: string;
  metadata?: { namespace?: string; name?: string };
  spec?: {
    targetRef?: Ref;
    requiredAuthenticationRefs?: readonly Ref[];
    identities?: readonly string[];
    identityRefs?: readonly Ref[];
    /** Of a ServerAuthorization. */
    server?: { name?: string; selector?: object };
    client?: {
      unauthenticated?: boolean;
      meshTLS?: { unauthenticatedTLS?: boolean; identities?: readonly string[]; serviceAccounts?: readonly Ref[] };
    };
  };
}

/** What an object refers to. */
export interface Ref {
  group?: string;
  kind?: string;
  name?: string;
  namespace?: string;
}

/** The objects of Linkerd's authorization, as they are stored. */
export const objectsOf = ({ mesh }: Scenario): readonly Stored[] => mesh?.authorization?.objects ?? [];

/** What the second fence says of a flow; undefined where no proxy decides. */
export function authorizationStep(
  { linkerd, from }: Verdict,
  scenario: Scenario,
  locate: LocateObject,
): AuthorizationExplanation | undefined {
  if (linkerd === undefined) return undefined;
  const { verdict, owner, admittedBy, routes, objects = [] } = linkerd;
  const shared = sharedAccounts(scenario).find(({ workloads }) => workloads.includes(from));
  const others = shared?.workloads.filter((id) => id !== from);
  const begin = { allowed: "Admitted", denied: "Refused", unknown: "Not known" }[verdict];
  return {
    verdict,
    owner,
    ...(admittedBy !== undefined && { admittedBy }),
    ...(routes !== undefined && { routes }),
    sentence: `${begin}: ${decidersWords(linkerd)}.`,
    ...(others !== undefined && { sameAccount: others }),
    objects: objects.map((object) => {
      const place = locate(indexOf(scenario, object));
      return { ...object, ...(place !== undefined && { place }) };
    }),
  };
}

/** The place of an object among them, -1 where it is not there. */
export const indexOf = (scenario: Scenario, { kind, namespace, name }: DecidingObject) =>
  objectsOf(scenario).findIndex(
    (one) => one.kind === kind && one.metadata?.namespace === namespace && one.metadata?.name === name,
  );
