import type { Problem } from "../../common/problem";
import type { Unseen } from "../../common/unseen";
import type { WebhookFacts } from "../../scenario/lint-facts";
import type { CidrGroupFacts } from "../../scenario/scenario";
import type { LinkFacts } from "./links";
import { Namespaces } from "./namespaces";
import { duplicate, faultReporter } from "./object-problems";
import type { KubernetesObject } from "./objects";
import type { LocatedPolicy } from "./policies";
import type { PolicyObject, UndecidedAuthorization } from "./policy-objects";
import type { ServiceManifest } from "./service-manifest";
import type { Faulty } from "./typed-members";

/** An object and its namespace in the cluster: its own, or the default one. */
export interface PlacedObject {
  object: KubernetesObject;
  namespace: string;
}

/** What the objects read so far describe. One for each reading of a cluster; `kind-readers.ts` fills it. */
export class ClusterReading {
  readonly policies: LocatedPolicy[] = [];
  readonly authorization: PolicyObject[] = [];
  readonly undecided: UndecidedAuthorization = { widest: [], places: {}, written: [] };
  readonly namespaces = new Namespaces();
  readonly workloads: PlacedObject[] = [];
  readonly autoscalers: PlacedObject[] = [];
  /** Workloads without a template of their own, with the reference to the workload that has it. */
  readonly references: (PlacedObject & { to: Record<string, unknown> })[] = [];
  readonly services: { source: KubernetesObject; service: ServiceManifest }[] = [];
  readonly cidrGroups: CidrGroupFacts[] = [];
  readonly webhooks: WebhookFacts[] = [];
  readonly links: LinkFacts[] = [];
  readonly unseen: Unseen[] = [];
  readonly problems: Problem[] = [];
  private readonly first = new Map<string, KubernetesObject>();

  constructor(readonly defaultNamespace: string) {}

  readonly report = (problem: Problem): void => {
    this.problems.push(problem);
  };

  namespaceOf(object: KubernetesObject): string {
    return object.namespace ?? this.defaultNamespace;
  }

  /** Makes a function that reports invalid values of an object. */
  faultsOf(object: KubernetesObject): Faulty {
    return faultReporter(object, this.report);
  }

  /** Whether an object of this kind and name was read before. Reports it if it differs. */
  isDuplicate(object: KubernetesObject): boolean {
    return duplicate(this.first, object, this.namespaceOf(object), this.report);
  }
}
