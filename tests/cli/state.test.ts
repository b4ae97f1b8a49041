import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type StateLocation, stateLocation } from "../../lib/cli/sandbox/state";
import { temporaryDirectory } from "../plan/fixture";

test("by default, state and passphrase are outside the project and readable by this user only", () => {
  const [project, home] = [temporaryDirectory(), temporaryDirectory()];
  const { env, prepare } = stateLocation(project, { XDG_DATA_HOME: path.join(home, "data") }, home);
  assert.deepEqual(readdirSync(home), [], "looking creates nothing");
  prepare();
  assert.equal(env.PULUMI_BACKEND_URL, `file://${home}/data/meshfence/state`);
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700);
  const passphrase = readFileSync(file, "utf8");
  assert.match(passphrase, /^[\w-]{43}$/);
  const again = stateLocation(project, { XDG_DATA_HOME: path.join(home, "data") }, home);
  again.prepare();
  assert.deepEqual(again.env, env);
  assert.equal(readFileSync(file, "utf8"), passphrase);
  const other = stateLocation(project, { XDG_DATA_HOME: path.join(home, "other") }, home);
  other.prepare();
  assert.notEqual(readFileSync(other.env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "utf8"), passphrase);
});

test("the passphrase file is written whole or not at all, and an empty one is refused", () => {
  const [project, home] = [temporaryDirectory(), temporaryDirectory()];
  const { env, prepare } = stateLocation(project, { XDG_DATA_HOME: home }, home);
  prepare();
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
  assert.deepEqual(readdirSync(path.dirname(file)).sort(), ["passphrase", "state"]);
  writeFileSync(file, "");
  assert.throws(prepare, /is empty.*remove the file/);
  assert.equal(readFileSync(file, "utf8"), "");
});

test("keeps a backend the user chose by variable, login or project", () => {
  const [project, home] = [temporaryDirectory(), temporaryDirectory()];
  const env = { XDG_DATA_HOME: path.join(home, "data") };
  const told = ({ env: variables, description }: StateLocation) => [variables, description];
  assert.deepEqual(told(stateLocation(project, { ...env, PULUMI_BACKEND_URL: "s3://bucket" }, home)), [
    {},
    "s3://bucket",
  ]);
  mkdirSync(path.join(home, ".pulumi"));
  const credentials = path.join(home, ".pulumi", "credentials.json");
  writeFileSync(credentials, '{"current":"https://api.example.com"}');
  assert.deepEqual(told(stateLocation(project, env, home)), [{}, "https://api.example.com"]);
  // After `pulumi logout`.
  writeFileSync(credentials, '{"current":""}');
  assert.ok(stateLocation(project, env, home).env.PULUMI_BACKEND_URL?.startsWith("file://"));
  writeFileSync(path.join(project, "Pulumi.yaml"), "name: x\nbackend:\n  url: file://elsewhere\n");
  assert.deepEqual(stateLocation(project, env, home).env, {});
});

test("keeps the user's passphrase", () => {
  const [project, home] = [temporaryDirectory(), temporaryDirectory()];
  for (const name of ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
    const { env } = stateLocation(project, { XDG_DATA_HOME: home, [name]: "" }, home);
    assert.deepEqual(Object.keys(env), ["PULUMI_BACKEND_URL"]);
  }
});
