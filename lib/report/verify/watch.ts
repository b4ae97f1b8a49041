import { type Snapshot, standInOwner } from "../../cluster";
import { allPrintable } from "../../common/printable";
import { someOf } from "../../reachability/words";
import type { EdgeReport, VerifyReport } from "../../verify/report";
import { plainStyle, type Style, wrap } from "../style";
import { controllerHeadline, controllerHow, controllerMark, openPorts, portOfWords } from "./controller-words";
import { agreementMark, edgeWords, headline, howWords, observedWords, predictedWords } from "./words";

/** Everything that a prediction depends on, by object: `CiliumNetworkPolicy shop/db` to its content. */
export type Fingerprint = ReadonlyMap<string, string>;

export function fingerprint(snapshot: Snapshot): Fingerprint {
  const { policies, otherPolicies, authorization = [], cidrGroups, services, pods, namespaces, scope } = snapshot;
  const { jobs = [], nodeConfigs = [], links = [] } = snapshot;
  // A new run of a CronJob changes nothing.
  const given = jobs.filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
  const own = pods.filter(
    ({ metadata: { namespace = "", ownerReferences = [] } }) =>
      scope.namespaces.includes(namespace) && !ownerReferences.some(({ kind }) => kind === standInOwner),
  );
  return new Map([
    ...[
      ...policies,
      ...otherPolicies,
      ...authorization,
      ...cidrGroups,
      ...services,
      ...given,
      ...nodeConfigs,
      ...links,
    ].map(({ kind, metadata, ...rest }) => {
      const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
      // Ignore the status, which controllers change without changing the object.
      const content = JSON.stringify({ ...rest, labels: metadata.labels, status: undefined });
      return [`${kind} ${name}`, content] as const;
    }),
    ...own.map(({ metadata, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status;
      const content = JSON.stringify([metadata.labels, status?.podIP, ready]);
      return [`Pod ${metadata.namespace}/${metadata.name}`, content] as const;
    }),
    ...namespaces.map(
      ({ metadata }) =>
        [`Namespace ${metadata.name}`, JSON.stringify([metadata.labels, metadata.annotations])] as const,
    ),
  ]);
}

/** `CiliumNetworkPolicy shop/db changed`, `Pod shop/db-1 is new`. */
export function changedWords(before: Fingerprint, after: Fingerprint): string[] {
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => `${key} is gone`);
  const other = [...after].flatMap(([key, content]) => {
    const was = before.get(key);
    if (was === undefined) return [`${key} is new`];
    return was === content ? [] : [`${key} changed`];
  });
  return [...gone, ...other];
}

export interface Changes {
  before: VerifyReport;
  after: VerifyReport;
  /** What triggered the next run. Empty: only the interval. */
  why: readonly string[];
  at: Date;
}

/** For `--watch`: what changed since the last run, and what is still not as predicted. */
export function changesText({ at, ...given }: Changes, style: Style = plainStyle): string {
  const why = allPrintable(given.why);
  const [before, after] = [given.before, given.after].map(({ judged: _, ...report }) => allPrintable(report)) as [
    VerifyReport,
    VerifyReport,
  ];
  const earlier = new Map(before.edges.map((edge) => [edgeWords(edge), edge]));
  const changed = after.edges.filter((edge) => differs(earlier.get(edgeWords(edge)), edge));
  const still = after.edges.filter((edge) => edge.agreement !== "agrees" && !changed.includes(edge));
  const cause = why.length === 0 ? "nothing changed" : someOf(why, 3);
  const time = at.toTimeString().slice(0, 8);
  return [
    `${style.faint(time)} ${wrap(`${cause}. ${headline(after)}`, { indent: 9 })}`,
    ...changed.flatMap((edge) => edgeLines(edge, earlier.get(edgeWords(edge)), style)),
    ...still.flatMap((edge) => edgeLines(edge, undefined, style)),
    ...controllerLines(after, style),
    "",
  ].join("\n");
}

/** The policy controller's differences, or why its answer is not known. */
function controllerLines({ controller }: VerifyReport, style: Style): string[] {
  if (controller === undefined) return [];
  const absent =
    controller.absent === undefined ? [] : [style.faint(`  ${wrap(controllerHeadline(controller), { indent: 2 })}`)];
  const open = openPorts(controller).map(
    (port) => `  ${controllerMark[port.state]} ${wrap(`${portOfWords(port)}: ${controllerHow(port)}`, { indent: 6 })}`,
  );
  return [...absent, ...open];
}

function differs(before: EdgeReport | undefined, after: EdgeReport): boolean {
  if (before === undefined) return true;
  return predictedWords(before) !== predictedWords(after) || observedWords(before) !== observedWords(after);
}

function edgeLines(edge: EdgeReport, before: EdgeReport | undefined, style: Style): string[] {
  const paint = edge.agreement === "agrees" ? style.good : edge.agreement === "disagrees" ? style.bad : style.warn;
  const was =
    before === undefined || observedWords(before) === observedWords(edge) ? "" : ` (was ${observedWords(before)})`;
  return [
    `  ${paint(agreementMark[edge.agreement])} ${edgeWords(edge)}: predicted ${predictedWords(edge)}, observed ${observedWords(edge)}${was}`,
    ...(edge.agreement === "agrees" ? [] : [style.faint(`      ${wrap(howWords(edge).join("; "), { indent: 6 })}`)]),
  ];
}
