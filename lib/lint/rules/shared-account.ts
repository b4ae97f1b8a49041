import { enumerate } from "../../common/text";
import { accountsNamed } from "../accounts-named";
import { type LintRule, Severity } from "../finding";

export const sharedAccount: LintRule = {
  id: "shared-account",
  severity: Severity.Warning,
  title: "An authorization for an account shared by several workloads",
  why:
    "Linkerd identifies a client by its service account, not by its workload or labels. Admitting one workload of an account admits all of them, and only " +
    "Cilium can tell them apart. Pods that name no account run under `default`.",
  fix: "Give the workload you mean a service account of its own (`serviceAccountName`), and name that one.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const { place, path, accounts } of accountsNamed(linkerd)) {
      for (const { namespace, account } of accounts) {
        const sharing = linkerd.pods
          .filter(({ facts }) => facts.namespace === namespace && facts.serviceAccount === account)
          .map(({ facts }) => facts.id)
          .sort();
        if (sharing.length < 2) continue;
        const shown = sharing.length > 4 ? [...sharing.slice(0, 3), `${sharing.length - 3} more`] : sharing;
        yield {
          linkerd: place,
          path,
          data: { account, namespace, pods: sharing },
          message: `admits ${enumerate(shown)} alike: all run under ${account}.${namespace}`,
        };
      }
    }
  },
};
