// Written by `npm run schema:crds` from the CRDs of Cilium v1.20.2. Not to be edited.
import type { CustomResource, Schema } from "../../kubernetes/schema/schema";

const ciliumCidrGroupV2Schema: Schema = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: {
      properties: { externalCIDRs: { items: { format: "cidr", type: "string" }, minItems: 0, type: "array" } },
      required: ["externalCIDRs"],
      type: "object",
    },
  },
  required: ["spec"],
  type: "object",
};

export const ciliumCidrGroup: CustomResource = {
  group: "cilium.io",
  kind: "CiliumCIDRGroup",
  namespaced: false,
  versions: { v2: { schema: ciliumCidrGroupV2Schema }, v2alpha1: { schema: ciliumCidrGroupV2Schema } },
};
