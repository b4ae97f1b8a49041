/**
 * Objects as the API server returns them in JSON, reduced to the fields that are read here. The client library's own models would turn
 * times into `Date`, unlike recordings.
 */

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  creationTimestamp?: string;
  /** Set while the object is being deleted. */
  deletionTimestamp?: string;
  ownerReferences?: OwnerReference[];
}

export interface OwnerReference {
  apiVersion?: string;
  kind: string;
  name: string;
  uid?: string;
  controller?: boolean;
}

/** Any object, with the kind and version that a list omits from its items. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface NamespaceObject extends ApiObject {
  status?: { phase?: string };
}

export interface NodeObject extends ApiObject {
  status?: { conditions?: Condition[]; addresses?: { type: string; address: string }[] };
}

export interface PodObject extends ApiObject {
  spec: PodSpec;
  status?: PodStatus;
}

export interface PodSpec {
  nodeName?: string;
  hostNetwork?: boolean;
  serviceAccountName?: string;
  containers: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  securityContext?: { runAsUser?: number; runAsNonRoot?: boolean };
}

export interface Container {
  name: string;
  image?: string;
  args?: string[];
  env?: { name: string; value?: string }[];
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  /** `Always` on an init container makes it a sidecar. */
  restartPolicy?: string;
  securityContext?: { runAsUser?: number };
}

export interface PodStatus {
  phase?: string;
  podIP?: string;
  podIPs?: { ip: string }[];
  hostIP?: string;
  conditions?: Condition[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
  ephemeralContainerStatuses?: ContainerStatus[];
}

export interface ContainerStatus {
  name: string;
  image?: string;
  ready?: boolean;
  started?: boolean | null;
  restartCount?: number;
  state?: {
    running?: { startedAt?: string };
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; message?: string; exitCode?: number };
  };
}

export interface ServiceObject extends ApiObject {
  spec: {
    selector?: { [key: string]: string };
    clusterIP?: string;
    ports?: { name?: string; port: number; targetPort?: number | string; protocol?: string }[];
  };
}

/** A Deployment, StatefulSet or DaemonSet. */
export interface ControllerObject extends ApiObject {
  spec: {
    replicas?: number;
    selector?: { matchLabels?: { [key: string]: string } };
    template?: { metadata?: Partial<ObjectMeta>; spec?: PodSpec };
  };
  status?: {
    observedGeneration?: number;
    conditions?: Condition[];
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    updatedReplicas?: number;
    desiredNumberScheduled?: number;
    updatedNumberScheduled?: number;
    numberReady?: number;
    numberAvailable?: number;
  };
}

/** A Job or CronJob; its template is read by lib/input/manifests. */
export interface JobObject extends ApiObject {
  spec?: unknown;
  status?: unknown;
}

/** A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy; its rules are read by lib/input/manifests. */
export interface PolicyObject extends ApiObject {
  spec?: unknown;
  specs?: unknown;
  status?: { conditions?: Condition[] };
}

export interface CiliumEndpointObject extends ApiObject {
  status?: {
    id?: number;
    state?: string;
    identity?: { id?: number; labels?: string[] };
    networking?: { addressing?: { ipv4?: string; ipv6?: string }[]; node?: string };
    policy?: {
      ingress?: { enforcing?: boolean; state?: string };
      egress?: { enforcing?: boolean; state?: string };
    };
  };
}

export interface ConfigMapObject extends ApiObject {
  data?: { [key: string]: string };
}
