import type { AccessRule } from "../access";
import type { Limit } from "../cluster";
import type { ApiServer } from "./api-server";

/** The rules that are not granted, according to a SelfSubjectAccessReview, which every user may create. */
export async function deniedRules(
  server: ApiServer,
  rules: readonly AccessRule[],
  limit: Limit,
): Promise<AccessRule[]> {
  const answers = rules.map(async (rule) => {
    const denied = await Promise.all(attributesOf(rule).map((attributes) => isDenied(server, attributes, rule, limit)));
    return denied.includes(true) ? [rule] : [];
  });
  return (await Promise.all(answers)).flat();
}

function attributesOf({ apiGroups, resources, verbs, resourceNames = [""], namespace }: AccessRule) {
  return apiGroups.flatMap((group) =>
    resources.flatMap((full) => {
      const [resource, subresource] = full.split("/");
      return verbs.flatMap((verb) =>
        resourceNames.map((name) => ({ group, resource, subresource, verb, name, namespace })),
      );
    }),
  );
}

async function isDenied(
  server: ApiServer,
  resourceAttributes: object,
  rule: AccessRule,
  limit: Limit,
): Promise<boolean> {
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  const what = `whether ${rule.verbs.join(", ")} ${rule.resources.join(", ")} is allowed`;
  const own = { apiGroups: ["authorization.k8s.io"], resources: ["selfsubjectaccessreviews"], verbs: ["create"] };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const review = await server.request<{ status?: { allowed?: boolean } }>(
    path,
    { method: "POST", body },
    { what, rule: own },
    limit,
  );
  return review.status?.allowed !== true;
}
