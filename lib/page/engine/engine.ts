import { createTwoFilesPatch } from "diff";
import { parseAllDocuments } from "yaml";
import { selects } from "../../cilium/api/selector";
import { append } from "../../common/maps";
import { documentText, kubernetesDocument } from "../../input/yaml/write";
import { type Change, diffReachability, edgesOf, mayBe } from "../../reachability/diff";
import { changeOrWhy, type ProposedChange } from "../../reachability/explain/change";
import { changeReasons, reasonsWords } from "../../reachability/explain/change-reasons";
import { concernedBy, type Difference, differenceOf } from "../../reachability/explain/difference";
import { applyEdits, applyToScenario } from "../../reachability/explain/edits";
import type { Explanation } from "../../reachability/explain/explanation";
import type { NoChange } from "../../reachability/explain/no-change";
import type { PolicySource } from "../../reachability/explain/sources";
import type { AuthorizationFacts, Flow, Scenario } from "../../scenario/scenario";
import type { PageData } from "../data";
import type { Graph } from "./drawing";
import { type GraphRequest, graphOf } from "./graph";
import { type Counts, countsOfSource, type Overview, Scan } from "./scan";
import { Side, sidesOf, type TargetAnswer } from "./side";

export interface ChangeRow {
  kind: "opened" | "closed" | "unclear" | "changed";
  change: Change;
  why: string;
}

/** The effects of a policy. */
export interface PolicyAnswer {
  yaml: string;
  /** The endpoints that it selects. */
  selects: readonly string[];
  /** Edges that only it closes: they open without it, or may. */
  closesAlone: readonly Change[];
  /** Edges that only it opens: they close without it, or may. */
  opensAlone: readonly Change[];
}

/** A change that opens or closes a flow, or why there is none. */
export interface ChangeAnswer {
  change?: ProposedChange & { patch: string };
  /** Why there is no change. */
  noChange?: NoChange;
}

/** The effects of an edit of a policy. */
export interface EditAnswer {
  error?: string;
  rows: readonly ChangeRow[];
  patch: string;
  ms: number;
}

/** Answers the questions of a page. Pure, so that it runs in the page's worker as well as in Node. */
export class PageEngine {
  private readonly sides: Side[];
  private readonly scans: Scan[] = [];
  private known: Difference | undefined;

  constructor(readonly data: PageData) {
    this.sides = sidesOf(data);
  }

  target(side: number, place: number): TargetAnswer {
    return this.side(side).target(place);
  }

  /** Whether the scan of a side is complete. */
  isCounted(side: number): boolean {
    return this.scan(side).isDone;
  }

  /** Continues the scan of a side in steps, so that the caller may do something else in between. */
  *overview(side: number): Generator<Overview, Overview> {
    const scan = this.scan(side);
    while (!scan.isDone) {
      scan.step();
      yield scan.overview();
    }
    return scan.overview();
  }

  /** The counts of flows from one endpoint to each group, in the order of {@link Overview.groups}. */
  source(side: number, place: number): readonly (Counts | undefined)[] {
    return countsOfSource(this.side(side), this.scan(side).groups, place);
  }

  graph(side: number, request: GraphRequest): Graph {
    const scan = this.scan(side);
    while (!scan.isDone) scan.step();
    const changes = this.data.sides.length > 1 ? this.difference() : undefined;
    // Recorded traffic was compared with the last side.
    const seen = side === this.data.sides.length - 1 ? this.data.seen : undefined;
    return graphOf(this.side(side), scan, changes, request, seen);
  }

  /** The changes from the first side to the second; none if there is only one side. */
  changes(): ChangeRow[] {
    return this.data.sides.length > 1 ? rowsOf(this.difference(), this.side(0), this.side(1)) : [];
  }

  explain(side: number, flow: Flow): Explanation {
    return this.side(side).explainer.explain(flow);
  }

  propose(side: number, flow: Flow): ChangeAnswer {
    const { change, noChange } = changeOrWhy(this.side(side).explainer, flow);
    return change === undefined ? { noChange } : { change: { ...change, patch: this.patch(side, change) } };
  }

  policy(side: number, place: number): PolicyAnswer {
    const own = this.side(side);
    const policy = own.policies[place];
    const others = own.policies.filter((_, index) => index !== place);
    const without = new Side(others, own.endpoints, own.scenario, own.known);
    const { opened, closed, unclear } = differenceOf(
      own,
      without,
      concernedBy(own.sources, without.sources, own.scenario),
    );
    const { parties } = own.explainer;
    const subjects = (["ingress", "egress"] as const).flatMap((direction) =>
      parties.rules(direction).filter((entry) => entry.policy === place),
    );
    const selected = [...parties.everyone()].filter(
      ({ identity }) => identity.kind === "pod" && subjects.some(({ subject }) => selects(subject, identity.labels)),
    );
    return {
      yaml: policy === undefined ? "" : yamlOf(policy.source),
      selects: selected.map(({ facts }) => facts.id),
      closesAlone: [...opened, ...mayBe("open", unclear)],
      opensAlone: [...closed, ...mayBe("close", unclear)],
    };
  }

  /** The effects of an edit of a policy. An empty text removes the policy. */
  edit(side: number, place: number, yaml: string): EditAnswer {
    const start = performance.now();
    const own = this.side(side);
    const old = own.policies[place];
    const before = old === undefined ? "" : yamlOf(old.source);
    const parsed = policyIn(yaml);
    if ("error" in parsed) return { error: parsed.error, rows: [], patch: "", ms: performance.now() - start };
    const policies = own.policies.flatMap((policy, index) => {
      if (index !== place) return [policy];
      return parsed.policy === undefined ? [] : [{ ...policy, source: parsed.policy }];
    });
    try {
      const after = new Side(policies, own.endpoints, own.scenario, own.known);
      const known = new Set(own.reachability.refused.map(({ name }) => name));
      const refused = after.reachability.refused.find(({ name }) => !known.has(name));
      const difference = differenceOf(own, after, concernedBy(own.sources, after.sources, own.scenario));
      const rows = rowsOf(difference, own, after);
      const name = old?.file ?? "policy.yaml";
      return {
        ...(refused && { error: `Cilium refuses it: ${refused.problems.map(({ message }) => message).join("; ")}` }),
        rows,
        patch: before === yaml ? "" : patchText(name, before, yaml),
        ms: performance.now() - start,
      };
    } catch (error) {
      return {
        error: error instanceof Error ? error.message : String(error),
        rows: [],
        patch: "",
        ms: performance.now() - start,
      };
    }
  }

  private scan(side: number): Scan {
    this.scans[side] ??= new Scan(this.side(side));
    return this.scans[side];
  }

  private side(place: number): Side {
    const side = this.sides[place];
    if (side === undefined) throw new Error(`there is no side ${place}`);
    return side;
  }

  private difference(): Difference {
    this.known ??= this.data.difference;
    if (this.known !== undefined) return this.known;
    const [before, after] = [this.side(0), this.side(1)];
    const isSame = JSON.stringify([before.scenario]) === JSON.stringify([after.scenario]);
    this.known = isSame
      ? differenceOf(before, after, concernedBy(before.sources, after.sources, before.scenario))
      : diffReachability(before, after);
    return this.known;
  }

  private patch(side: number, { edits }: ProposedChange): string {
    const { policies, sources, scenario, objects: placed } = this.side(side);
    const objects = objectsOf(scenario);
    // Apply removals separately, so that indices stay valid.
    const changes = edits.filter(({ action }) => action !== "remove");
    const removed = new Set(
      edits.filter((edit) => !changes.includes(edit)).map(({ layer, policy }) => `${layer} ${policy}`),
    );
    const changed = objectsOf(applyToScenario(scenario, changes));
    const fileOf = (index: number, name: string) => policies[index]?.file ?? `${name}.yaml`;
    return [
      ...applyEdits(sources, changes).map((source, index) =>
        patchOf(
          fileOf(index, source.metadata.name),
          sources[index],
          removed.has(`undefined ${index}`) ? undefined : source,
        ),
      ),
      ...changed.map((object, index) =>
        patchOf(
          placed[index]?.file ?? `${nameOf(object)}.yaml`,
          objects[index],
          removed.has(`linkerd ${index}`) ? undefined : object,
        ),
      ),
    ].join("");
  }
}

const objectsOf = ({ mesh }: Scenario): AuthorizationFacts["objects"] => mesh?.authorization?.objects ?? [];

const nameOf = ({ metadata }: Readonly<Record<string, unknown>>) =>
  String((metadata as { name?: unknown } | undefined)?.name ?? "policy");

function patchOf(file: string, before: object | undefined, after: object | undefined): string {
  if (before === after) return "";
  return patchText(file, before === undefined ? "" : yamlOf(before), after === undefined ? "" : yamlOf(after));
}

const yamlOf = (source: object) => documentText(kubernetesDocument(source));

const patchText = (file: string, before: string, after: string) =>
  createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 }).replace(
    /^=+\n/,
    "",
  );

function policyIn(yaml: string): { policy?: PolicySource } | { error: string } {
  if (yaml.trim() === "") return {};
  const documents = parseAllDocuments(yaml, { version: "1.1", merge: true, logLevel: "silent" });
  const [document, second] = Array.isArray(documents) ? documents : [];
  const [error] = document?.errors ?? [];
  if (error !== undefined) return { error: error.message };
  if (second !== undefined) return { error: "one policy only: this is a second document" };
  const value = document?.toJS() as Partial<PolicySource> | null | undefined;
  if (value === null || value === undefined) return {};
  const kinds = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "NetworkPolicy", "ClusterNetworkPolicy"];
  if (typeof value !== "object" || !kinds.includes(String(value.kind)))
    return { error: `kind must be one of ${kinds.join(", ")}` };
  if (typeof value.metadata?.name !== "string") return { error: "metadata.name must be given" };
  return { policy: value as PolicySource };
}

/** The changes with their reasons. Sources of one change are split by reason, because different rules of the same policies may admit them. */
function rowsOf({ opened, closed, unclear, changed }: Difference, before: Side, after: Side): ChangeRow[] {
  const sides = { before: before.explainer, after: after.explainer };
  const rows = (kind: ChangeRow["kind"], changes: readonly Change[]) =>
    changes.flatMap((change) => {
      const groups = new Map<string, string[]>();
      for (const edge of edgesOf([change])) append(groups, reasonsWords(changeReasons(sides, edge)), edge.from);
      return [...groups].map(([why, from]): ChangeRow => ({ kind, change: { ...change, from }, why }));
    });
  return [
    ...rows("opened", opened),
    ...rows("unclear", unclear),
    ...rows("closed", closed),
    ...rows("changed", changed),
  ];
}
