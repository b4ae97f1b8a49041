import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { meshfenceShared } from "../support/meshfence";
import { recordings } from "./lines";

export interface Row {
  from: string;
  to: string;
  port: number | "unknown";
  protocol: string;
  layer: string;
  by: string[];
  flows: number;
  was: string;
  deniedSince?: string;
}
export interface Document {
  summary: string;
  edges: number;
  denied: Row[];
  unknown: Row[];
  unused: Row[];
  blind: string[];
  addedByTraffic: string[];
}

/** The output of `meshfence replay`. */
export async function replay(...args: string[]): Promise<Document> {
  const { stdout, stderr } = await meshfenceShared(["replay", ...args, "--format", "json"]);
  assert.ok(stdout !== "", stderr);
  return JSON.parse(stdout) as Document;
}

/** The calls that succeeded in one phase and not in another, as `client -> server port`. */
export function cutBetween(mode: string, before: string, after: string): string[] {
  const got = readFileSync(path.join(recordings, mode, "truth.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((row): { phase: string; client: string; server: string; port: number; results: string[] } => JSON.parse(row));
  const well = (phase: string) =>
    new Set(
      got
        .filter((row) => row.phase === phase && row.results.every((result) => result === "200/0" || result === "-/0"))
        .map(({ client, server, port }) => `${client} -> ${server} ${port}`),
    );
  return [...well(before)].filter((call) => !well(after).has(call)).sort();
}

export const calls = (rows: readonly Row[]) =>
  rows
    .filter(({ to }) => to.includes("/"))
    .map(({ from, to, port }) => `${from} -> ${to} ${port}`)
    .sort();
