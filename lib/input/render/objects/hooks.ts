import type { LocatedDocument } from "../../manifests/document";
import { memberAt } from "../../manifests/shape";

const hooksOf = (document: LocatedDocument, annotation: string): string[] => {
  const text = memberAt(document.value, ["metadata", "annotations", annotation]);
  return typeof text === "string" ? text.split(",").map((hook) => hook.trim()) : [];
};

const isAppliedUnless = (hooks: readonly string[], never: RegExp) =>
  hooks.length === 0 || !hooks.every((hook) => never.test(hook));

/** Whether Helm applies an object when it installs or upgrades a release. Hooks for deletion, rollback and tests are not applied then. */
export const isInstalled = (document: LocatedDocument): boolean =>
  isAppliedUnless(hooksOf(document, "helm.sh/hook"), /^((pre|post)-(delete|rollback)|test(-success|-failure)?)$/);

/** Whether Argo CD applies an object in a successful sync. */
export const isSynced = (document: LocatedDocument): boolean =>
  isInstalled(document) &&
  isAppliedUnless(hooksOf(document, "argocd.argoproj.io/hook"), /^(Skip|SyncFail|PreDelete|PostDelete)$/);
