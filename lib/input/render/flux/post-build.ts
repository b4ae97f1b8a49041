import type { LocatedDocument } from "../../manifests/document";
import { memberAt } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import type { ReferencedObjects } from "../objects/referenced-objects";
import { type Rewrite, unchanged } from "../objects/rewrite";
import { variablesOf } from "./kustomization";
import { BadSubstitution, substitute } from "./substitute";

const label = "kustomize.toolkit.fluxcd.io/substitute";

/** What Flux does to the objects of a Kustomization after the build. */
export interface PostBuild {
  /** Substitutes variables in the text of an object. Returns it unchanged where Flux refuses it, see {@link refused}. */
  rewrite: Rewrite;
  /** The first substitution that Flux refuses, in which case it applies nothing of the Kustomization. Undefined: none so far. */
  refused(): string | undefined;
  /** The objects that it takes unknown variables from. */
  unknown: readonly string[];
}

const asItIs: PostBuild = { rewrite: unchanged, refused: () => undefined, unknown: [] };

/** The post-build step of a Kustomization. */
export function postBuild(document: LocatedDocument, known: ReferencedObjects): PostBuild {
  const given = variablesOf(document, known);
  if (given === undefined) return asItIs;
  const { variables, unknown } = given;
  // Patches that could not be applied may give it more.
  const isOpen = unknown.length > 0 || document.isUnbuilt === true;
  const wrong = [...variables.keys()].find((name) => !/^[_\p{L}][_\p{L}\p{Nd}]*$/u.test(name));
  let refused = wrong === undefined ? undefined : `its variable "${wrong}" has a name that none may have`;
  const rewrite: Rewrite = (text) => {
    if (!text.includes("$") || isExempt(text)) return { text, isFinal: true };
    try {
      const after = substitute(text, variables, isOpen);
      const [problem] = after === text ? [] : readYaml(after, "").problems;
      if (problem === undefined) return { text: after, isFinal: !isOpen };
      refused ??= `with its variables substituted, one of its objects is not YAML: ${problem.message}`;
    } catch (error) {
      if (!(error instanceof BadSubstitution)) throw error;
      refused ??= `Flux does not build it: ${error.message}`;
    }
    return { text, isFinal: false };
  };
  return { rewrite, refused: () => refused, unknown };
}

/** Whether an object opts out of substitution. */
function isExempt(text: string): boolean {
  if (!text.includes(label)) return false;
  return readYaml(text, "").documents.some(({ value }) =>
    ["labels", "annotations"].some((member) => memberAt(value, ["metadata", member, label]) === "disabled"),
  );
}
