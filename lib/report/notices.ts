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
  /** What it is about, in a word: `Kustomization`. */
  about: string;
  message: string;
}

/** What limits the answer of any report. */
export interface Limits {
  /** That no policy is enforced, and why. */
  unenforced?: string | undefined;
  /** What is named and not taken into account. */
  unseen?: readonly Unseen[];
  /** Files that were found and are not read, since nothing applies them. */
  unapplied?: readonly { file: string; reason: string }[] | undefined;
  /** What else limits it. */
  notices?: readonly Notice[];
}

/** Additions to the first line: that nothing is enforced, and how much was not seen. Empty if neither applies. */
export function firstWords({ unenforced, unseen = [] }: Limits): string {
  return [unenforced, unseenCount(unseen)].flatMap((part) => (part === undefined ? [] : [` · ${part}`])).join("");
}

/** That agents enforce no policy, whatever policies say: on which nodes, and by what. Undefined where all of them do. */
export function unenforcedWords({
  cluster = {},
  nodeSettings = [],
}: Pick<Scenario, "cluster" | "nodeSettings">): string | undefined {
  const everywhere = unenforcedBy(cluster);
  const elsewhere = nodeSettings.filter(
    ({ perhaps, cluster: own }) =>
      perhaps !== true && (unenforcedBy({ ...cluster, ...own }) === undefined) !== (everywhere === undefined),
  );
  const nodes = someOf(
    elsewhere.map(({ nodeSelector, said }) => `${selectorText(nodeSelector)} (${said})`),
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
  const alike = new Map<string, Unseen[]>();
  for (const one of sortedUnseen(unseen)) {
    const { kind, object, reason, fix } = one;
    append(alike, JSON.stringify([kind ?? object, reason, fix]), one);
  }
  const unseenNotices = [...alike].sort(([a], [b]) => compareText(a, b)).flatMap(([, list]) => noticeOf(list) ?? []);
  return [...notices, ...unseenNotices, ...unappliedNotices(unapplied)];
}

function noticeOf(alike: readonly Unseen[]): Notice | undefined {
  const [first, ...others] = alike;
  if (first === undefined) return undefined;
  const { kind, object, reason, fix } = first;
  const details = [...new Set(alike.flatMap(({ detail }) => detail ?? []))];
  const why = details.length === 0 ? reason : `${reason}: ${someOf(details, mostDetails)}`;
  const name = others.length === 0 || kind === undefined ? object : plural(alike.length, kind, kind);
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

/** How many files a text names. The JSON has all of them. */
const mostFiles = 20;
/** Of what objects have of their own behind one reason. */
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
