import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import manifest from "../../package.json";
import { temporaryDirectory } from "../plan/fixture";

const root = path.join(__dirname, "..", "..");
const krew = "sigs.k8s.io/krew";
const version = "v0.5.0";
const missing = spawnSync("go", ["version"]).status !== 0 && "Go is not installed";

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${error ?? ""}${stderr}${stdout}`);
  return stdout;
}

test("krew's own validator takes the manifest, and krew installs the archive, which then answers", {
  skip: missing,
}, () => {
  const folder = temporaryDirectory();
  run("npm", ["run", "--silent", "krew", "--", folder]);
  const file = path.join(folder, "meshfence.yaml");
  const archive = path.join(folder, readdirSync(folder).find((name) => name.endsWith(".tar.gz")) ?? "");
  run("go", ["run", `${krew}/cmd/validate-krew-manifest@${version}`, "-manifest", file, "-skip-install"], {}, folder);

  const home = temporaryDirectory();
  const install = ["install", `--manifest=${file}`, `--archive=${archive}`];
  run(
    "go",
    ["run", `${krew}/cmd/krew@${version}`, ...install],
    { KREW_ROOT: home, KREW_NO_UPGRADE_CHECK: "1" },
    folder,
  );
  const plugin = path.join(home, "bin", "kubectl-meshfence");
  assert.equal(run(plugin, ["--version"], {}, folder).trim(), manifest.version);

  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "a", namespace: "shop" },
  };
  const pods = ["web", "db"].map((name) => ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop", labels: { app: name } } },
    spec: { containers: [{ name, image: name, ports: [{ containerPort: 80 }] }] },
  }));
  const items = [{ ...policy, spec: { podSelector: {} } }, ...pods];
  writeFileSync(path.join(home, "all.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  const reached = run(plugin, ["reach", "--format", "json", path.join(home, "all.json")], {}, folder);
  assert.match(reached, /"shop\/db"/);
});
