// Writes what `kubectl krew install meshfence` installs, and its manifest, into a folder: `npm run krew -- FOLDER`. The archive is the package as npm
// would publish it, with the packages that it depends on, at the versions of the lock file. It runs offline, after a build and `npm ci`.
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { archiveName, krewManifest, name } = require("./manifest");

const root = path.join(__dirname, "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const run = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });

function main(folder) {
  const scratch = mkdtempSync(path.join(tmpdir(), "meshfence-krew-"));
  try {
    const [{ filename }] = JSON.parse(
      run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], root),
    );
    run("tar", ["-xzf", filename], scratch);
    const content = path.join(scratch, "package");
    // Pulumi's packages are peers: a program brings its own, and the other commands need none.
    const listed = run("npm", ["ls", "--omit=dev", "--omit=peer", "--omit=optional", "--all", "--parseable"], root);
    const packages = listed.split("\n").filter((line) => line.startsWith(path.join(root, "node_modules") + path.sep));
    for (const from of packages) cpSync(from, path.join(content, path.relative(root, from)), { recursive: true });
    chmodSync(path.join(content, manifest.bin[name]), 0o755);
    mkdirSync(folder, { recursive: true });
    const archive = path.join(folder, archiveName(manifest));
    // The same bytes from the same packages.
    const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,go+r"];
    run("tar", [...same, "--use-compress-program=gzip -n", "-cf", path.resolve(archive), "-C", content, "."], root);
    const sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
    writeFileSync(path.join(folder, `${name}.yaml`), krewManifest(manifest, sha256));
    process.stdout.write(`${archive}\n${path.join(folder, `${name}.yaml`)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

main(process.argv[2] ?? path.join(root, "dist-krew"));
