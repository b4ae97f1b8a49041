import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { deployment, withHelm } from "../input/render/support";
import { meshfence } from "../support/meshfence";
import { project } from "./fixture";

const pod = (image: string) => `{ spec: { containers: [{ name: "a", image: "${image}" }] } }`;

test("lists a program's images with those of its charts, and names a chart that is not available", withHelm, () => {
  const directory = project({
    "index.js": `
const k8s = require("@pulumi/kubernetes");
const provider = new k8s.Provider("c", { context: "staging" });
new k8s.core.v1.Pod("pod", ${pod("registry.example.com/pod:2")}, { provider });
new k8s.helm.v3.Release("cilium", { chart: "./charts/cilium-1.0.0.tgz", namespace: "kube-system" }, { provider });
if (process.env.FAR) new k8s.helm.v3.Release("far", { chart: "linkerd-viz", repositoryOpts: { repo: "https://127.0.0.1:9" } }, { provider });
`,
    "charts/cilium/Chart.yaml": "apiVersion: v2\nname: cilium\nversion: 1.0.0\n",
    "charts/cilium/templates/all.yaml": deployment("agent"),
  });
  execFileSync("tar", ["-czf", "cilium-1.0.0.tgz", "cilium"], { cwd: path.join(directory, "charts") });
  const [image = ""] = /image: (\S+?)[,}\s]/.exec(deployment("agent"))?.slice(1) ?? [];
  const output = path.join(directory, "images.json");
  const whole = meshfence(["images", "--program", directory, "--format", "json", "--out", output]);
  assert.equal(whole.status, 0, whole.stderr);
  assert.deepEqual(JSON.parse(readFileSync(output, "utf8")), {
    images: [
      { reference: image, usedBy: ["cilium"] },
      { reference: "registry.example.com/pod:2", usedBy: ["pod"] },
    ].sort((a, b) => (a.reference < b.reference ? -1 : 1)),
    missing: [],
  });
  const partial = meshfence(["images", "--program", directory, "--render", "auto"], {
    env: { ...process.env, FAR: "1" },
  });
  assert.equal(partial.status, 2, "an incomplete list");
  assert.match(partial.stderr, /^error: the images of far are not listed: .*--render remote/m);
  assert.match(partial.stdout, /^registry\.example\.com\/pod:2$/m, "what is known is listed");
});
