import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { ClusterNetworkPolicy } from "../../lib/cilium/api/cluster-network-policy";
import { fromClusterNetworkPolicy } from "../../lib/cilium/api/from-cluster-network-policy";
import { fromKubernetes, type KubernetesNetworkPolicy } from "../../lib/cilium/api/from-kubernetes";
import type { EvaluatedPolicy, PolicyManifest } from "../../lib/cilium/api/policy";
import type { Flow, Scenario } from "../../lib/reachability";

/** Built by tests/oracle/run. */
export const BINARY = path.join(__dirname, "cnporacle");

export function oracleIsBuilt(): boolean {
  return existsSync(BINARY);
}

/** A scenario and its policies, which both sides evaluate. */
export interface Case {
  scenario: Scenario;
  policies: (PolicyManifest | KubernetesNetworkPolicy | ClusterNetworkPolicy)[];
}

/** A case's policies in the engine's form. */
export function evaluated({ policies }: Pick<Case, "policies">): EvaluatedPolicy[] {
  return policies.map((policy) => {
    if (policy.kind === "ClusterNetworkPolicy") return fromClusterNetworkPolicy(policy).policy;
    return policy.kind === "NetworkPolicy" ? fromKubernetes(policy).policy : policy;
  });
}

/** One line of the oracle's answer. For an end that it cannot evaluate, the text starts with `error: `. */
export interface OracleVerdict extends Flow {
  egress: string;
  ingress: string;
  allowed: boolean;
  egressRules?: string[];
  ingressRules?: string[];
  l7?: boolean;
}

export interface OracleAnswer {
  refused: { invalid: string; kind: string; namespace?: string; error: string }[] | null;
  results: OracleVerdict[] | null;
  flows?: number;
  allowed?: number;
  /** Elapsed time, and the CPU time of all its threads. */
  millis?: number;
  cpu?: number;
  error?: string;
}

/** Cilium's own engine, in a process that answers one case after the other. */
export class Oracle {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private stderr = "";

  constructor(binary: string = BINARY) {
    this.process = spawn(binary, ["-batch"]);
    this.process.stderr.on("data", (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-4000);
    });
    this.lines = createInterface({ input: this.process.stdout, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]();
  }

  async ask(asked: Case, { summary = false } = {}): Promise<OracleAnswer> {
    this.process.stdin.write(`${JSON.stringify({ ...asked, summary })}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the oracle ended: ${this.stderr}`);
    return JSON.parse(value as string) as OracleAnswer;
  }

  close(): void {
    this.process.stdin.end();
  }
}
