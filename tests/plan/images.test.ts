import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { imagesIn } from "../../lib/plan/images";
import { imagesAsLines, imagesAsSkopeo, imagesAsText } from "../../lib/report/plan/images";

test("lists the images of all containers, wherever the pod template is", () => {
  const spec = {
    initContainers: [{ name: "i", image: "init:1" }],
    containers: [{ name: "a", image: "a:1" }, { name: "no-image" }, { name: "b", image: "b:1", env: [{ image: "x" }] }],
    volumes: [
      { name: "v", image: { reference: "volume:1" } },
      { name: "w", emptyDir: {} },
    ],
  };
  const cronJob = { kind: "CronJob", spec: { jobTemplate: { spec: { template: { spec } } } } };
  assert.deepEqual(imagesIn([{ image: "no-container" }, cronJob]), ["a:1", "b:1", "init:1", "volume:1"]);
  assert.deepEqual(imagesIn({ containers: "none", volumes: null, spec: [null, 1] }), []);
});

const digest = `sha256:${"0".repeat(64)}`;
const list = {
  images: [
    { reference: "nginx", usedBy: ["web"] },
    { reference: "docker.io/library/nginx", usedBy: ["api"] },
    { reference: "localhost:5000/team/app:1.0", usedBy: ["api", "web"] },
    { reference: `quay.io/cilium/cilium:v1@${digest}`, usedBy: ["cilium"] },
    { reference: "quay.io/cilium/cilium:v0", usedBy: ["cilium"] },
  ],
  missing: [],
};

test("lists each image once, with its full name", () => {
  assert.equal(
    imagesAsLines(list),
    `docker.io/library/nginx\nlocalhost:5000/team/app:1.0\nquay.io/cilium/cilium:v0\nquay.io/cilium/cilium:v1@${digest}\n`,
  );
  assert.match(imagesAsText(list), /^localhost:5000\/team\/app:1\.0\n {2}api\n {2}web\n/m);
});

test("skopeo's file groups images by registry and repository, by digest if there is one", () => {
  assert.deepEqual(parse(imagesAsSkopeo(list)), {
    "docker.io": { images: { "library/nginx": ["latest"] } },
    "localhost:5000": { images: { "team/app": ["1.0"] } },
    "quay.io": { images: { "cilium/cilium": [digest, "v0"] } },
  });
});
