import type { LocatedDocument } from "../../manifests/document";
import { memberAt } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import type { ReferencedObjects } from "../objects/referenced-objects";
import { type Rewrite, unchanged } from "../objects/rewrite";
import { variablesOf } from "./kustomization";
import { BadSubstitution, substitute } from "./substitute";

const label = "kustomize.toolkit.fluxcd.io/substitute";

/** The substitution of variables that Flux applies to a Kustomization's objects after the build. */
export interface PostBuild {
  /** Substitutes variables in the text of an object. Returns the text unchanged if Flux refuses it, see {@link refused}. */
  rewrite: Rewrite;
  /** The first substitution so far that Flux refuses, or undefined. Flux then applies nothing of the Kustomization. */
  refused(): string | undefined;
  /** The objects with variables that are unknown. */
  unknown: readonly string[];
}

const noSubstitution: PostBuild = { rewrite: unchanged, refused: () => undefined, unknown: [] };

/** The post-build step of a Kustomization. */
export function postBuild(document: LocatedDocument, referenced: ReferencedObjects): PostBuild {
  const given = variablesOf(document, referenced);
  if (given === undefined) return noSubstitution;
  const { variables, unknown, isUnknown } = given;
  // Patches that could not be applied may add variables.
  const isIncomplete = unknown.length > 0 || document.isUnbuilt === true;
  const invalidName = [...variables.keys()].find((name) => !/^[_\p{L}][_\p{L}\p{Nd}]*$/u.test(name));
  let refusal = invalidName === undefined ? undefined : `its variable "${invalidName}" has a name that Flux refuses`;
  const rewrite: Rewrite = (text) => {
    if (!text.includes("$") || isExempt(text)) return { text, isFinal: true };
    try {
      const after = substitute(text, variables, (name) => document.isUnbuilt === true || isUnknown(name));
      const [problem] = after === text ? [] : readYaml(after, "").problems;
      if (problem === undefined) return { text: after, isFinal: !isIncomplete };
      refusal ??= `with its variables substituted, one of its objects is not YAML: ${problem.message}`;
    } catch (error) {
      if (!(error instanceof BadSubstitution)) throw error;
      refusal ??= `Flux does not build it: ${error.message}`;
    }
    return { text, isFinal: false };
  };
  return { rewrite, refused: () => refusal, unknown };
}

/** Whether an object opts out of substitution. */
function isExempt(text: string): boolean {
  if (!text.includes(label)) return false;
  return readYaml(text, "").documents.some(({ value }) =>
    ["labels", "annotations"].some((member) => memberAt(value, ["metadata", member, label]) === "disabled"),
  );
}
