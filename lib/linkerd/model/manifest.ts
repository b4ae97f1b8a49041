import { type Problem, ProblemError } from "../../common/problem";
import { namespaceNameProblems, objectNameProblems } from "../../kubernetes/names";
import { admitCustomResource } from "../../kubernetes/schema/admit";
import { webhookRefusal } from "../api";
import { linkerdResources } from "../api/schema";

/** The members that every object of Linkerd's authorization has. */
export interface LinkerdObjectSpec {
  /** Name of the object, a DNS subdomain. */
  name: string;
  /** Its namespace, which is that of its pods. */
  namespace: string;
  /** Labels of the object itself. */
  labels?: { [key: string]: string };
  /** Annotations of the object itself. */
  annotations?: { [key: string]: string };
}

/** An object of Linkerd's authorization as in YAML. */
export interface LinkerdManifest {
  /** Group and version, e.g. `policy.linkerd.io/v1beta3`. */
  apiVersion: string;
  /** E.g. `Server`. */
  kind: string;
  /** Name, namespace, labels and annotations. */
  metadata: {
    /** Its name. */
    name: string;
    /** Where it is, and the pods that it is about. */
    namespace: string;
    /** Its labels. */
    labels?: { [key: string]: string };
    /** Its annotations. */
    annotations?: { [key: string]: string };
  };
  /** Its spec. */
  spec: { [field: string]: unknown };
}

/** How an object of one kind is made from its specification. */
export interface ObjectKind {
  /** Group and version. */
  apiVersion: string;
  kind: string;
  /** The problems that its own check found, in terms of the specification. */
  problems: readonly Problem[];
  /** The `spec` of the manifest. Called if there are no problems. */
  render: () => { [field: string]: unknown };
}

/**
 * The object, after validation: by its own check and, if that finds nothing, by the CRD and Linkerd's admission webhook.
 *
 * @throws {ProblemError} with every problem
 */
export function manifest(
  { name, namespace, labels, annotations }: LinkerdObjectSpec,
  { apiVersion, kind, problems: found, render }: ObjectKind,
): LinkerdManifest {
  const subject = `${kind} ${namespace}/${name}`;
  const problems = [
    ...objectNameProblems(["name"], String(name ?? "")),
    ...namespaceNameProblems(["namespace"], String(namespace ?? "")),
    ...found,
  ];
  if (problems.length > 0) throw new ProblemError(subject, problems);
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  const made = { apiVersion, kind, metadata, spec: render() };
  const refused = refusals(made);
  if (refused.length > 0) throw new ProblemError(subject, refused);
  return made;
}

/** Why the API server, or else Linkerd's webhook, refuses an object. */
function refusals(made: LinkerdManifest): Problem[] {
  const [group, version = ""] = made.apiVersion.split("/");
  const definition = linkerdResources.find((one) => one.group === group && one.kind === made.kind);
  if (definition === undefined) throw new RangeError(`there is no ${made.apiVersion} ${made.kind}`);
  const admission = admitCustomResource(definition, version, { ...made });
  if (!admission.accepted)
    return admission.faults.map(({ path, message }) => ({ code: "refused-by-api-server", path, message }));
  const refusal = webhookRefusal(admission.object);
  return refusal === undefined ? [] : [{ code: "refused-by-linkerd", path: [], message: refusal }];
}
