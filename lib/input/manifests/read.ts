import { compareProblems, type Problem } from "../../common/problem";
import { sortedUnseen, type Unseen } from "../../common/unseen";
import { jsonWithComments } from "../yaml/json-with-comments";
import { type ClusterManifests, readCluster } from "./cluster";
import type { LocatedComment, LocatedDocument } from "./document";
import type { KubernetesObject } from "./objects";
import { foreignProblem, mayBeObject, mayHaveBeenObject } from "./objects-by-shape";
import { readObjects } from "./read-objects";
import { readByAgent } from "./settings/policy-kinds";
import { type ClusterSettings, settingsOf } from "./settings/settings";
import { isRecord } from "./shape";
import { showHidden } from "./show-hidden";
import { unseenFile, unseenHelmfile, unseenInPlan } from "./unseen";
import { unseenBundle } from "./unseen-bundles";
import { unseenProgram } from "./unseen-programs";
import { unseenUnserved } from "./unserved";
import { withoutVariables } from "./variables";
import { readYaml } from "./yaml";

/** A file with its text, from any source. */
export interface TextFile {
  file: string;
  text: string;
  /** Whether it was found in a folder rather than named, so that it is skipped if it is not a manifest. */
  found?: boolean;
  /** Why it is reported as not seen. It is not read then. */
  unseen?: Unseen;
  /** Why nothing applies it. It is not read then. */
  unapplied?: string;
  /** Its content, if it was read already. */
  located?: ReturnType<typeof readYaml>;
}

/** A file that nothing applies, although it is in a folder that is read. */
export interface Unapplied {
  file: string;
  /** The reason, as a clause: `no kustomization lists it`. */
  reason: string;
  /** Its text, for comparison with another state. */
  text?: string;
}

/** The contents of manifests, including settings of Cilium and Linkerd. */
export interface Manifests
  extends ClusterManifests,
    Pick<ClusterSettings, "transportMode" | "l7Proxy" | "agent" | "nodeSettings" | "isAgentSeen" | "linkerdSettings"> {
  /** Files that were found but not read, because nothing applies them. */
  unapplied?: readonly Unapplied[];
  /** Whether the texts hold neither an object, nor something that creates objects, nor a problem. */
  isEmpty?: boolean;
  /** Whether the texts hold neither an object, nor something that creates objects. */
  holdsNothing?: boolean;
  /** The distinct comments that are addressed to meshfence. */
  comments?: () => LocatedComment[];
}

/**
 * Reads manifests from texts. Never throws: everything wrong with a text is a problem with file and line.
 *
 * @param read Parses a text. Default: as YAML, without a cache.
 */
export function readManifests(
  files: readonly TextFile[],
  defaultNamespace = "default",
  read: typeof readYaml = readYaml,
): Manifests {
  const problems: Problem[] = [];
  const objects: KubernetesObject[] = [];
  const all: LocatedDocument[] = [];
  const unseen: Unseen[] = [];
  const names = files.map(({ file }) => file);
  const unapplied: Unapplied[] = [];
  for (const { file, text, found = false, located, unseen: passed, unapplied: reason } of files) {
    if (reason !== undefined) {
      unapplied.push({ file, reason, text });
      continue;
    }
    if (passed !== undefined) {
      unseen.push(passed);
      continue;
    }
    const { documents, problems: syntax } = located ?? read(text, file);
    const helmfile = unseenHelmfile(file, documents[0]);
    if (helmfile !== undefined) {
      unseen.push(helmfile);
      all.push(...documents);
      continue;
    }
    if (found && isForeign(file, text, syntax)) continue;
    for (const document of documents) problems.push(...hiddenIn(document));
    problems.push(...syntax.filter((problem) => !(found && foreignCodes.has(problem.code))));
    if (!found && located === undefined && documents.length + syntax.length === 0)
      problems.push({ code: "no-manifest", file, line: 1, column: 1, message: "holds no object" });
    all.push(...documents);
    for (const document of documents) {
      const made = unseenFile(document) ?? unseenProgram(document, names) ?? unseenBundle(document);
      if (made !== undefined) {
        unseen.push(made);
        continue;
      }
      unseen.push(...unseenInPlan(document));
      for (const object of readObjects(document, (problem) => problems.push(problem), found)) {
        const known = withoutVariables(object);
        if (known.unseen !== undefined) unseen.push(known.unseen);
        if (known.object !== undefined) objects.push(known.object);
      }
    }
  }
  const cluster = readCluster(objects, defaultNamespace);
  const { kinds, ...settings } = settingsOf(objects, all);
  const inForce = readByAgent(cluster.policies, kinds);
  const holdsNothing = unseen.length + unapplied.length === 0 && !all.some(({ value }) => mayBeObject(value));
  return {
    ...cluster,
    ...settings,
    policies: inForce.policies,
    unseen: sortedUnseen([
      ...unseen,
      ...cluster.unseen,
      ...settings.unseen,
      ...inForce.unseen,
      ...unseenUnserved(objects),
    ]),
    problems: [...problems, ...cluster.problems, ...settings.problems].sort(compareProblems),
    unapplied,
    isEmpty: holdsNothing && problems.length === 0,
    holdsNothing,
    comments: () => commentsIn(all),
  };
}

/** Objects that were rendered from one file share its comments. */
function commentsIn(documents: readonly LocatedDocument[]): LocatedComment[] {
  const found = documents.flatMap((document) => document.comments?.() ?? []);
  return [...new Map(found.map((one) => [JSON.stringify([one.file, one.line, one.column]), one])).values()];
}

/** Reports a document with invisible characters, which are escaped from here on. */
function hiddenIn({ value, file, position }: LocatedDocument): Problem[] {
  const [path] = isRecord(value) ? showHidden(value) : [];
  if (path === undefined) return [];
  return [
    {
      code: "hidden-characters",
      file,
      ...position(path),
      path,
      message: "contains invisible characters, which no name in Kubernetes may have; they are spelt out here",
      fix: "remove them",
    },
  ];
}

/** Codes of problems that are dropped for a file that a search found, because the document is not a Kubernetes object. */
const foreignCodes: ReadonlySet<string> = new Set([foreignProblem]);

/** Whether a file is JSON with comments and not a manifest, such as a tsconfig.json. */
function isForeign(file: string, text: string, syntax: readonly Problem[]): boolean {
  if (syntax.length === 0 || !/\.json$/i.test(file)) return false;
  const value = jsonWithComments(text);
  return value !== undefined && !mayHaveBeenObject(value.value);
}
