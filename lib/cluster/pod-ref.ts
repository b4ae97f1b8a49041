/** A pod by name. */
export interface PodRef {
  namespace: string;
  name: string;
}

/** A container of a pod. */
export interface ContainerRef extends PodRef {
  container: string;
}
