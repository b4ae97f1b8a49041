/**
 * What a user of a GitOps repository waits for: `meshfence reach` over a hundred Flux Kustomizations, with nothing kept and with everything kept from
 * the time before. Needs kustomize.
 *
 * Run with `npm run bench`. Says which goal is missed and fails nothing: this is no test.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const KUSTOMIZATIONS = 100;
/** Milliseconds on two cores. */
const goals = { cold: 15_000, warm: 4_000 };
const meshfence = path.join(__dirname, "..", "..", "dist", "cli", "main.js");

const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, tier: "\${TIER}"}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}], envFrom: [{configMapRef: {name: settings}}]}]}
`;

function write(root: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

function repository(root: string): void {
  mkdirSync(path.join(root, ".git"), { recursive: true });
  for (let index = 0; index < KUSTOMIZATIONS; index++) {
    const team = `team-${index}`;
    write(
      root,
      `apps/${team}/ks.yaml`,
      `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${team}, namespace: flux-system}
spec:
  path: ./apps/${team}/app
  targetNamespace: ${team}
  commonMetadata: {labels: {team: ${team}}}
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {TIER: gold}}
  patches:
    - patch: '[{"op": "add", "path": "/metadata/labels/patched", "value": "true"}]'
      target: {kind: Deployment}
`,
    );
    const resources = "resources: [web.yaml, db.yaml, policy.yaml]\n";
    write(
      root,
      `apps/${team}/app/kustomization.yaml`,
      `${resources}configMapGenerator: [{name: settings, literals: [a=b]}]\n`,
    );
    for (const name of ["web", "db"]) write(root, `apps/${team}/app/${name}.yaml`, deployment(name));
    write(
      root,
      `apps/${team}/app/policy.yaml`,
      `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: "8080", protocol: TCP}]}]}]
`,
    );
  }
}

const folder = mkdtempSync(path.join(tmpdir(), "meshfence-bench-"));
try {
  const root = path.join(folder, "repository");
  repository(root);
  const env = { ...process.env, XDG_CACHE_HOME: path.join(folder, "cache") };
  for (const [state, goal] of Object.entries(goals)) {
    const start = performance.now();
    const { status, stdout } = spawnSync(process.execPath, [meshfence, "reach", root], { encoding: "utf8", env });
    const took = Math.round(performance.now() - start);
    if (status !== 0 || !stdout.includes(`${KUSTOMIZATIONS} policies`)) throw new Error("not everything was rendered");
    const verdict = took > goal ? `, which misses the goal of ${goal} ms` : "";
    process.stdout.write(`reach over ${KUSTOMIZATIONS} Kustomizations, ${state}: ${took} ms${verdict}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
