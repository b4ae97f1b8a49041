import type { Place } from "../../common/problem";
import type { Scenario } from "../../scenario/scenario";
import type { DecidingObject, LinkerdDecision } from "../linkerd/linkerd-decision";
import { sharedAccounts } from "../shared-accounts";
import type { Verdict } from "../verdict";
import { decidersWords } from "../words";

/** The decision of the server's Linkerd proxy, and the deciding objects. */
export interface AuthorizationExplanation extends Pick<LinkerdDecision, "verdict" | "owner" | "admittedBy" | "routes"> {
  /** The decision in one sentence, without the requests. */
  sentence: string;
  /** The objects that decide, the Server first. Empty: a default policy does. */
  objects: readonly LinkerdPlace[];
  /** If the authorization names the client's service account: the other workloads with that account, which Linkerd cannot distinguish from the client. */
  sameAccount?: readonly string[];
  /** For a denial: the policy that comes nearest to admitting the client, and what keeps it from doing so. Absent: none is near. */
  nearest?: LinkerdPlace & { words: string };
}

/** An object of Linkerd's authorization, and where it is written. */
export interface LinkerdPlace extends DecidingObject {
  /** File and line, if known. */
  place?: Place;
}

/** Locates an object of Linkerd's authorization, by its index in the scenario's `mesh.authorization.objects`. */
export type LocateObject = (index: number) => Place | undefined;

/** An object of Linkerd's kinds as stored, with the members that are read here. */
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

/** A reference to another object. */
export interface Ref {
  group?: string;
  kind?: string;
  name?: string;
  namespace?: string;
}

/** The objects of Linkerd's authorization as stored. */
export const objectsOf = ({ mesh }: Scenario): readonly Stored[] => mesh?.authorization?.objects ?? [];

/** The explanation of Linkerd's decision about a flow; undefined if no proxy decides. */
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

/** The index of an object in {@link objectsOf}, or -1. */
export const indexOf = (scenario: Scenario, { kind, namespace, name }: DecidingObject) =>
  objectsOf(scenario).findIndex(
    (one) => one.kind === kind && one.metadata?.namespace === namespace && one.metadata?.name === name,
  );
