import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { imageLoader } from "../../../lib/components/kind-cluster/image-loader";
import { temporaryDirectory } from "../../plan/fixture";

/** A Docker engine with one image and one cluster of two nodes and a load balancer. It records loaded images in files. */
const docker = `#!/bin/sh
state="$(dirname "$0")"
case "$*" in
  "image inspect"*podinfo:1) cat "$state/id" ;;
  "image inspect"*) echo "No such image" >&2; exit 1 ;;
  "ps "*cluster=shop*) printf 'shop-worker worker\\nshop-balancer external-load-balancer\\nshop-control-plane control-plane\\n' ;;
  "ps "*) ;;
  *"containerd config dump") printf '  snapshotter = "fuse-overlayfs"\\n' ;;
  "save -- "*) echo "archive of $3 $(cat "$state/id")" ;;
  *" images import "*) [ -e "$state/full" ] && { echo "no space left on device" >&2; exit 1; }; { echo "$*"; cat; } >> "$state/$3.loaded" ;;
  *" images list "*) [ -e "$state/$2.loaded" ] && echo "$7" || true ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
`;

type Provider = typeof imageLoader;

function engine() {
  const folder = temporaryDirectory();
  const at = (name: string) => path.join(folder, name);
  writeFileSync(at("docker"), docker);
  chmodSync(at("docker"), 0o755);
  writeFileSync(at("id"), "sha256:one\n");
  return {
    folder,
    at,
    loaded: (node: string) => (existsSync(at(`${node}.loaded`)) ? readFileSync(at(`${node}.loaded`), "utf8") : ""),
  };
}

/** The provider as Pulumi runs it: from its serialized text, without the module that defines it. */
async function running(t: TestContext, folder: string): Promise<Required<Provider>> {
  const { text, exportName } = await pulumi.runtime.serializeFunction(() => imageLoader, { isFactoryFunction: true });
  const file = path.join(folder, "provider.js");
  writeFileSync(file, text);
  const { PATH } = process.env;
  process.env.PATH = `${folder}${path.delimiter}${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
  return require(file)[exportName] as Required<Provider>;
}

const none = { clusterName: "", image: "", imageId: "" };

test("loads an image into every node, checks it, and loads it again only if its tag points to another image", async (t) => {
  const { folder, at, loaded } = engine();
  const { check, create, diff, read, update } = await running(t, folder);
  const id = "shop/podinfo:1";
  const asked = { clusterName: "shop", image: "podinfo:1", imageId: "" };
  const checked = async () => (await check(none, asked)).inputs ?? none;
  const inputs = await checked();
  assert.deepEqual(inputs, { ...asked, imageId: "sha256:one" });
  assert.deepEqual(await read(id, inputs), {});

  assert.deepEqual(await create(inputs), { id, outs: inputs });
  const imported =
    "exec --interactive shop-worker ctr --namespace=k8s.io images import --snapshotter=fuse-overlayfs -\n";
  assert.equal(loaded("shop-worker"), `${imported}archive of podinfo:1 sha256:one\n`);
  assert.match(loaded("shop-control-plane"), /archive of podinfo:1/);
  assert.equal(loaded("shop-balancer"), "");
  assert.deepEqual(await read(id, inputs), { id, props: inputs });
  assert.deepEqual(await diff(id, inputs, await checked()), { changes: false, replaces: [] });

  writeFileSync(at("id"), "sha256:two\n");
  const changed = await checked();
  assert.deepEqual(await diff(id, inputs, changed), { changes: true, replaces: [] });
  assert.deepEqual(await update(id, inputs, changed), { outs: changed });
  assert.match(loaded("shop-worker"), /sha256:one\n[\s\S]*sha256:two\n$/);
  assert.deepEqual((await diff(id, changed, { ...changed, clusterName: "other" })).replaces, ["clusterName"]);
});

test("explains a missing image, a missing cluster and a full node", async (t) => {
  const { folder, at } = engine();
  const { check, create, read } = await running(t, folder);
  const { failures } = await check(none, { ...none, image: "nginx:1" });
  assert.match(failures?.[0]?.reason ?? "", /No such image\. Pull it first: docker pull nginx:1$/);
  const inputs = { clusterName: "gone", image: "podinfo:1", imageId: "sha256:one" };
  await assert.rejects(create(inputs), /^Error: there is no kind cluster gone on the local Docker engine$/);
  assert.deepEqual(await read("gone/podinfo:1", inputs), {});
  writeFileSync(at("full"), "");
  const failed = /^Error: podinfo:1 could not be loaded into shop-control-plane: no space left on device/;
  await assert.rejects(create({ ...inputs, clusterName: "shop" }), failed);
});
