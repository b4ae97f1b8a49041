// `npm run schema:crds`: writes the schemas of the kinds of Cilium, the Gateway API and the Network Policy API from the CRDs in their Go modules. Needs Go.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ciliumFiles, type GeneratedFile, gatewayFiles, networkPolicyFiles } from "./files";

const root = path.join(__dirname, "../../..");

function moduleDirectory(module: string, version: string): string {
  const said = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], { encoding: "utf8" });
  const { Dir } = JSON.parse(said) as { Dir: string };
  return Dir;
}

const files: GeneratedFile[] = [ciliumFiles, gatewayFiles, networkPolicyFiles].flatMap((make) => make(moduleDirectory));
for (const { file, content } of files) writeFileSync(path.join(root, file), content);
execFileSync("npx", ["biome", "check", "--write", ...files.map(({ file }) => file)], { cwd: root, stdio: "inherit" });
