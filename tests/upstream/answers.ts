import { parse } from "yaml";
import { isNewer } from "../../lib/common/version-range";

/** What upstream's answers say, as pure functions of their text. Each throws where the text is not of the expected form. */

/** The newest release of a chart in the index of a Helm repository. Pre-releases do not count. */
export function newestChart(index: string, chart: string): string {
  const { entries } = parse(index) as { entries?: { [chart: string]: { version: string }[] } };
  const versions = (entries?.[chart] ?? []).map(({ version }) => version).filter((version) => !version.includes("-"));
  return newest(versions, `the index has no release of ${chart}`);
}

/** The version of the newest release of a repository on GitHub, without a `v` in front. */
export function newestRelease(answer: string): string {
  const { tag_name: tag } = JSON.parse(answer) as { tag_name?: string };
  if (typeof tag !== "string") throw new Error("the answer names no release");
  return tag.replace(/^v/, "");
}

/** The digest of a node image in the notes of one of kind's releases. */
export function nodeImageDigest(answer: string, tag: string): string | undefined {
  const { body = "" } = JSON.parse(answer) as { body?: string };
  const pattern = new RegExp(`kindest/node:${tag.replaceAll(".", "\\.")}@(sha256:[0-9a-f]{64})`);
  return pattern.exec(body)?.[1];
}

/** The minors of Kubernetes that Cilium's requirements list. */
export function ciliumMinors(requirements: string): string[] {
  const minors = [...requirements.matchAll(/^\* (1\.\d+)\s*$/gm)].map((match) => match[1] ?? "");
  if (minors.length === 0) throw new Error("Cilium's requirements list no version of Kubernetes");
  return minors;
}

/**
 * The lowest and the highest minor of Kubernetes that Linkerd's page of supported versions names for an edge release: in a row of its own,
 * or else in that of the newest version, which is made from the edge releases.
 */
export function linkerdRange(page: string, edge: string): { from: string; to: string } {
  const rows = [...page.matchAll(/^\|(.+?)\|\s*`?(1\.\d+)`?\s*\|\s*`?(1\.\d+)`?\s*\|/gm)].map(
    ([, releases = "", from = "", to = ""]) => ({ releases, from, to }),
  );
  const date = edge.replace(/^edge-/, "");
  const ownRow = rows.find(({ releases }) => {
    const [first, last] = [...releases.matchAll(/edge-([\d.]+)/g)].map((match) => match[1] ?? "");
    if (first === undefined || isNewer(first, date)) return false;
    return last === undefined ? releases.includes("newer") : !isNewer(date, last);
  });
  const versions = rows.flatMap((row) => {
    const version = /^\s*`?(2\.\d+)`?\s*$/.exec(row.releases)?.[1];
    return version === undefined ? [] : [{ ...row, version }];
  });
  const newestRow = versions.reduce<(typeof versions)[number] | undefined>(
    (highest, row) => (highest === undefined || isNewer(row.version, highest.version) ? row : highest),
    undefined,
  );
  const row = ownRow ?? newestRow;
  if (row === undefined) throw new Error("Linkerd's page of supported versions has no table that could be read");
  return { from: row.from, to: row.to };
}

function newest(versions: readonly string[], otherwise: string): string {
  const [first, ...rest] = versions;
  if (first === undefined) throw new Error(otherwise);
  return rest.reduce((highest, version) => (isNewer(version, highest) ? version : highest), first);
}
