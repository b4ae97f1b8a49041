import type { Unseen } from "../../common/unseen";
import { policyKind } from "../../linkerd/api/object";
import { describeObject } from "./objects";
import type { PolicyObject } from "./policy-objects";

/** What is not evaluated of an object of Linkerd's that is in force; undefined where nothing is left out. */
export function unseenOfLinkerd({ object, source }: PolicyObject, namespace: string): Unseen | undefined {
  const { document, kind, name } = source;
  const place = {
    file: document.file,
    line: document.position([]).line,
    object: describeObject({ kind, name, namespace }),
  };
  switch (policyKind(object)) {
    case "workload.linkerd.io/ExternalWorkload":
      return {
        ...place,
        reason: "a meshed workload outside the cluster is not asked about: neither who reaches it nor whom it reaches",
        fix: "Ask about its addresses by a CiliumCIDRGroup, as far as Cilium's policies go",
      };
    default:
      return undefined;
  }
}
