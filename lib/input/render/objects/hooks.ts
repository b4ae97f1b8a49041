import type { LocatedDocument } from "../../manifests/document";
import { memberAt } from "../../manifests/shape";

const hooksOf = (document: LocatedDocument, annotation: string): string[] => {
  const text = memberAt(document.value, ["metadata", "annotations", annotation]);
  return typeof text === "string" ? text.split(",").map((hook) => hook.trim()) : [];
};

const unless = (hooks: readonly string[], never: RegExp) =>
  hooks.length === 0 || !hooks.every((hook) => never.test(hook));

/** Whether Helm applies an object while the release is installed, as it does not with hooks of deletion, rollback and tests. */
export const isInstalled = (document: LocatedDocument): boolean =>
  unless(hooksOf(document, "helm.sh/hook"), /^((pre|post)-(delete|rollback)|test(-success|-failure)?)$/);

/** Whether Argo CD applies an object of an Application whose sync succeeds. */
export const isSynced = (document: LocatedDocument): boolean =>
  isInstalled(document) &&
  unless(hooksOf(document, "argocd.argoproj.io/hook"), /^(Skip|SyncFail|PreDelete|PostDelete)$/);
