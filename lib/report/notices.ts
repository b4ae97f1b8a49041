import { selectorText } from "../cilium/policy/node-selector";
import { append } from "../common/maps";
import { printable } from "../common/printable";
import { formatPlace } from "../common/problem";
import { compareText } from "../common/text";
import { sortedUnseen, type Unseen, unseenCount } from "../common/unseen";
import { plural, someOf } from "../reachability/words";
import type { ClusterFacts, Scenario } from "../scenario/scenario";

/** A limit of the answer that is not an error in the input. */
export interface Notice {
  /** Its subject in one word: `Kustomization`. */
  about: string;
  message: string;
}

/** What can limit the answer of any report. */
export interface Limits {
  /** Why no policy is enforced. Absent if policies are. */
  unenforced?: string | undefined;
  /** What the input mentions but the answer does not take into account. */
  unseen?: readonly Unseen[];
  /** Files that are left out because nothing applies them. */
  unapplied?: readonly { file: string; reason: string }[] | undefined;
  /** What else limits it. */
  notices?: readonly Notice[];
}

/** The suffix of the first line: that nothing is enforced, and how much was not seen. Empty if neither applies. */
export function firstWords({ unenforced, unseen = [] }: Limits): string {
  return [unenforced, unseenCount(unseen)].flatMap((part) => (part === undefined ? [] : [` · ${part}`])).join("");
}

/** On which nodes agents enforce no policies, and which setting is the reason. Undefined if all agents enforce them. */
export function unenforcedWords({
  cluster = {},
  nodeSettings = [],
}: Pick<Scenario, "cluster" | "nodeSettings">): string | undefined {
  const everywhere = unenforcedBy(cluster);
  const elsewhere = nodeSettings.filter(
    ({ uncertain, cluster: own }) =>
      uncertain !== true && (unenforcedBy({ ...cluster, ...own }) === undefined) !== (everywhere === undefined),
  );
  const nodes = someOf(
    elsewhere.map(({ nodeSelector, description }) => `${selectorText(nodeSelector)} (${description})`),
    mostDetails,
  );
  if (everywhere === undefined)
    return elsewhere.length === 0 ? undefined : `nothing is enforced on nodes with ${nodes}`;
  return `nothing is enforced${elsewhere.length === 0 ? "" : `, except on nodes with ${nodes}`}: ${everywhere}`;
}

function unenforcedBy({ auditMode = false, policyEnforcement }: ClusterFacts): string | undefined {
  if (auditMode) return "policyAuditMode is on";
  return policyEnforcement === "never" ? "policyEnforcementMode is never" : undefined;
}

/** Everything that limits an answer; similar unseen objects are grouped. */
export function noticesOf({ unseen = [], unapplied, notices = [] }: Limits): Notice[] {
  const similar = new Map<string, Unseen[]>();
  for (const one of sortedUnseen(unseen)) {
    const { kind, object, reason, fix } = one;
    append(similar, JSON.stringify([kind ?? object, reason, fix]), one);
  }
  const unseenNotices = [...similar].sort(([a], [b]) => compareText(a, b)).flatMap(([, list]) => noticeOf(list) ?? []);
  return [...notices, ...unseenNotices, ...unappliedNotices(unapplied)];
}

function noticeOf(similar: readonly Unseen[]): Notice | undefined {
  const [first, ...others] = similar;
  if (first === undefined) return undefined;
  const { kind, object, reason, fix } = first;
  const details = [...new Set(similar.flatMap(({ detail }) => detail ?? []))];
  const why = details.length === 0 ? reason : `${reason}: ${someOf(details, mostDetails)}`;
  const name = others.length === 0 || kind === undefined ? object : plural(similar.length, kind, kind);
  const place = formatPlace(first);
  const where = others.length === 0 ? place : `${place} and elsewhere`;
  // Kinds and names of objects come from manifests, so they are escaped.
  return {
    about: printable(object.split(" ", 1)[0] ?? object),
    message: printable(`${name} (${where}): ${why}. ${fix}`),
  };
}

/** Files that nothing applies. They are named, because their authors may believe that they are in force. */
export function unappliedNotices(unapplied: readonly { file: string; reason: string }[] = []): Notice[] {
  const byReason = new Map<string, string[]>();
  for (const { file, reason } of unapplied) append(byReason, reason, file);
  return [...byReason].map(([reason, files]) => {
    const what = files.length === 1 ? "A file is not applied" : `${plural(files.length, "file")} are not applied`;
    const message = `${what} and left out, since ${reason}: ${someOf(files, mostFiles)}`;
    return { about: "file", message: printable(message) };
  });
}

/** The maximum number of files that a text names. JSON has all of them. */
const mostFiles = 20;
/** The maximum number of details that a notice names. */
const mostDetails = 5;

/** The limits in a few words. */
export function noticesInShort(limits: Limits): string[] {
  const { notices = [] } = limits;
  const about = new Set(noticesOf({ ...limits, notices: [] }).map((notice) => notice.about));
  return [
    ...notices.map(({ message }) => message),
    ...(about.size > 0 ? [`not seen: the output of ${[...about].join(", ")}`] : []),
  ];
}
