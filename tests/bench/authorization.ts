/**
 * What Linkerd's authorization costs: 1,000 meshed workloads under as many policies, with a Server and an AuthorizationPolicy for each, against the same
 * cluster without them. Both the matrix and the answers that `reach` prints.
 *
 * Run with `npm run bench`, or after a build: `node --require tsx/cjs tests/bench/authorization.ts 1000`. The two sides take turns in processes of their own,
 * and of each the quickest counts. Says that the goal is missed and fails nothing: this is no test.
 */
import { spawnSync } from "node:child_process";
import type * as Reachability from "../../lib/reachability";
import { withMesh } from "../support/with-mesh";
import { cluster, PORTS } from "./cluster";

const GOAL = 1.3;
const ROUNDS = 5;
const SIDES = ["without", "with"] as const;
type Side = (typeof SIDES)[number];

interface Measured {
  /** Processor milliseconds. */
  matrix: number;
  answers: number;
  /** Cells of the matrix that are allowed: with Servers fewer. */
  allowed: number;
}

/** Each workload's proxy admits the accounts of two others to its port, and answers nobody else there. */
function meshed(size: number, side: Side): ReturnType<typeof cluster> {
  const { scenario, policies } = cluster(size);
  const endpoints = scenario.endpoints.map((endpoint) => withMesh(endpoint));
  const objects = endpoints.flatMap(({ id, namespace = "" }, index) => {
    const accounts = [index + 1, index + 7].map((other) => ({
      kind: "ServiceAccount",
      name: `sa-${other % 50}`,
      namespace: endpoints[other % size]?.namespace,
    }));
    const made = (version: string, kind: string, name: string, spec: object) => ({
      apiVersion: `policy.linkerd.io/${version}`,
      kind,
      metadata: { name, namespace },
      spec,
    });
    const targetRef = { group: "policy.linkerd.io", kind: "Server", name: id };
    const podSelector = { matchLabels: { app: id } };
    return [
      made("v1beta3", "Server", id, { podSelector, port: 8080, proxyProtocol: "HTTP/1", accessPolicy: "deny" }),
      ...accounts.map((account, place) =>
        made("v1alpha1", "AuthorizationPolicy", `${id}-${place}`, {
          targetRef,
          requiredAuthenticationRefs: [account],
        }),
      ),
    ];
  });
  const mesh = side === "with" ? { authorization: { objects } } : {};
  return { scenario: { ...scenario, endpoints, mesh }, policies };
}

function measure(size: number, side: Side): Measured {
  // What users run, by the package's own name: tsx marks every function with its name, which costs as much as the work itself.
  const { compile } = require("meshfence/reachability") as typeof Reachability;
  const { scenario, policies } = meshed(size, side);
  const cpu = (work: () => void) => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  let allowed = 0;
  const matrix = cpu(() => {
    allowed = compile(policies, scenario).matrix(PORTS).allowedCount;
  });
  const answers = cpu(() => {
    for (const _ of compile(policies, scenario).answers());
  });
  return { matrix, answers, allowed };
}

function main(size: number): void {
  const best = new Map<Side, Measured>();
  for (let round = 0; round < ROUNDS; round++)
    for (const side of SIDES) {
      const args = ["--require", "tsx/cjs", __filename, "--measure", String(size), side];
      const child = spawnSync(process.execPath, args, { encoding: "utf8" });
      if (child.status !== 0) throw new Error(child.stderr);
      const one = JSON.parse(child.stdout) as Measured;
      const known = best.get(side);
      best.set(side, {
        matrix: Math.min(one.matrix, known?.matrix ?? one.matrix),
        answers: Math.min(one.answers, known?.answers ?? one.answers),
        allowed: one.allowed,
      });
    }
  const [without, guarded] = SIDES.map((side) => best.get(side));
  if (without === undefined || guarded === undefined) return;
  for (const part of ["matrix", "answers"] as const) {
    const ratio = guarded[part] / without[part];
    const verdict = ratio > GOAL ? `MISSED: the goal is ${GOAL}` : `the goal of ${GOAL} is met`;
    process.stdout.write(
      `${part}: ${without[part].toFixed(0)} ms without, ${guarded[part].toFixed(0)} ms with ${size} Servers: ${ratio.toFixed(2)} times, ${verdict}\n`,
    );
  }
  process.stdout.write(`allowed cells: ${without.allowed} without, ${guarded.allowed} with\n`);
}

const [first, size, side] = process.argv.slice(2);
if (first === "--measure")
  process.stdout.write(JSON.stringify(measure(Number(size), side === "with" ? "with" : "without")));
else main(Number(first ?? 1000));
