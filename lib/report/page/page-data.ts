import { policyRules } from "../../cilium/api/refusals";
import { getOrMake } from "../../common/maps";
import { formatPlace, formatProblem, type Problem } from "../../common/problem";
import { describeUnseen, type Unseen } from "../../common/unseen";
import type { LocatedPolicy } from "../../input/manifests/policies";
import type { PolicyObject } from "../../input/manifests/policy-objects";
import type { PageData, PageNote, PageObject, PagePolicy, PageSide, PageTraffic } from "../../page/data";
import type { Difference } from "../../reachability/explain/difference";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import type { RefusedNote } from "../reach/reach-report";

/** A policy as written, with its place. */
type PlacedPolicy = Pick<LocatedPolicy, "manifest" | "document" | "original">;

/** One state for a page. */
export interface PageState {
  name: string;
  policies: readonly PlacedPolicy[];
  scenario: Scenario;
  /** The objects of the scenario's `mesh.authorization`, with their places. */
  authorization?: readonly PolicyObject[];
  refused: readonly RefusedNote[];
  problems: readonly Problem[];
  unseen: readonly Unseen[];
}

/** What belongs to the states together. */
export interface PageExtras {
  warnings?: readonly string[];
  /** What changes from the first state to the second. */
  difference?: Difference;
  /** Recorded traffic that was compared with the last state. */
  seen?: PageTraffic;
}

/** The data of a page about one state, or two that are compared. What both have is included once. */
export function pageData(
  title: string,
  states: readonly PageState[],
  { warnings = [], difference, seen }: PageExtras = {},
): PageData {
  const policies = new Table<PagePolicy>();
  const endpoints = new Table<EndpointFacts>();
  const sides = states.map(({ name, scenario, policies: own, authorization = [] }): PageSide => {
    const { endpoints: all, ...rest } = scenario;
    return {
      name,
      policies: own.map((policy) => policies.place(pagePolicy(policy))),
      endpoints: all.map((endpoint) => endpoints.place(endpoint)),
      ...(authorization.length > 0 && { objects: authorization.map(pageObject) }),
      scenario: rest,
    };
  });
  const last = states.at(-1);
  return {
    title,
    sides,
    policies: policies.values,
    endpoints: endpoints.values,
    ...(difference && {
      difference: {
        opened: difference.opened,
        closed: difference.closed,
        unclear: difference.unclear,
        changed: difference.changed,
      },
    }),
    ...(seen !== undefined && { seen }),
    notes: [
      ...distinct(
        states.flatMap(({ unseen }) => unseen.map((one) => ({ kind: "unseen" as const, text: describeUnseen(one) }))),
      ),
      ...distinct(
        states.flatMap(({ problems }) =>
          problems.map((one) => ({ kind: "problem" as const, text: formatProblem(one) })),
        ),
      ),
      ...(last?.refused ?? []).map(
        (note): PageNote => ({
          kind: "refused",
          text: `Cilium refuses ${note.policy} ${formatPlace(note)}: ${note.reason}`,
        }),
      ),
      ...warnings.map((text): PageNote => ({ kind: "warning", text })),
    ],
  };
}

/** Distinct values, compared by content. */
class Table<T extends object> {
  readonly values: T[] = [];
  private readonly places = new Map<string, number>();

  place(value: T): number {
    return getOrMake(this.places, JSON.stringify(value), () => this.values.push(value) - 1);
  }
}

function pagePolicy({ manifest, original, document }: PlacedPolicy): PagePolicy {
  const { line } = document.position([]);
  const lines: Record<string, number> = {};
  for (const { rule, path } of policyRules(manifest)) {
    for (const list of ["ingress", "ingressDeny", "egress", "egressDeny"] as const) {
      for (const place of (rule[list] ?? []).keys()) {
        const at = document.position([...path, list, place]).line;
        if (at !== undefined) lines[[...path, list, place].join(".")] = at;
      }
    }
  }
  return {
    source: (manifest.unread === undefined ? original : undefined) ?? withApi(manifest),
    file: document.file,
    ...(line !== undefined && { line }),
    ...(Object.keys(lines).length > 0 && { lines }),
  };
}

function pageObject({ source: { kind, name, namespace, document } }: PolicyObject): PageObject {
  const { line } = document.position([]);
  const place = { file: document.file, ...(line !== undefined && { line }) };
  return { kind, name, namespace: namespace ?? "default", ...place };
}

/** Orders members as people write them, identifying ones first. */
function withApi({ kind, metadata, ...rest }: LocatedPolicy["manifest"]): PagePolicy["source"] {
  const { name, namespace, labels } = metadata;
  const named = { name, ...(namespace !== undefined && { namespace }), ...(labels !== undefined && { labels }) };
  return {
    apiVersion: "cilium.io/v2",
    kind,
    metadata: named,
    spec: rest.spec,
    specs: rest.specs,
  } as PagePolicy["source"];
}

const distinct = (notes: readonly PageNote[]): PageNote[] => [
  ...new Map(notes.map((note) => [note.text, note])).values(),
];
