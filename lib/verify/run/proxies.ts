import { type Cluster, ClusterError, type PodRef } from "../../cluster";
import { authorizationMetrics } from "../authorization";
import { increase, readMetrics, type Sample } from "../metrics";
import { mtlsMetrics } from "../mtls";
import { trafficMetrics } from "../traffic";
import { pool } from "./pool";

const wanted: ReadonlySet<string> = new Set([...mtlsMetrics, ...trafficMetrics, ...authorizationMetrics]);

/** What proxies counted at one time, by pod. */
export interface Reading {
  /** Milliseconds since 1970. */
  at: number;
  samples: ReadonlyMap<string, readonly Sample[]>;
  /** Why a pod's counters are missing. */
  unread: ReadonlyMap<string, string>;
}

export const podKey = ({ namespace, name }: PodRef): string => `${namespace}/${name}`;

/** Reads the counters of these pods' proxies. What cannot be read is reported, and is not an error. */
export async function readProxies(cluster: Cluster, pods: readonly PodRef[], signal?: AbortSignal): Promise<Reading> {
  const samples = new Map<string, readonly Sample[]>();
  const unread = new Map<string, string>();
  await pool(pods, 4, async (pod) => {
    try {
      samples.set(podKey(pod), readMetrics(await cluster.proxyMetrics(pod, { seconds: 8, signal }), wanted));
    } catch (error) {
      if (!(error instanceof ClusterError) || error.kind === "interrupted" || error.kind === "unreachable") throw error;
      unread.set(podKey(pod), error.problem);
    }
  });
  return { at: Date.now(), samples, unread };
}

/** What a pod's counters rose by, or why that is not known. */
export function increaseOf(pod: PodRef, before: Reading, after: Reading): readonly Sample[] | string {
  const key = podKey(pod);
  const was = before.samples.get(key);
  const is = after.samples.get(key);
  if (was === undefined || is === undefined) return before.unread.get(key) ?? after.unread.get(key) ?? "nobody asked";
  return increase(was, is);
}
