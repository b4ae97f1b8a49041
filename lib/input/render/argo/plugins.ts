import { getOrMake, getOrMakeWeak } from "../../../common/maps";
import { isRecord, memberAt } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import { filesBelow, type SourceTree } from "../repository/tree";

const known = new WeakMap<SourceTree, Map<string, boolean>>();

/** `kustomize build`, of the folder that a plugin is started in, with what Argo CD's own kustomize can be told to do. */
const isKustomize =
  /^(?:\/?(?:bin\/)?(?:sh|bash) -c )?kustomize build(?: \.| --enable-helm| --enable-alpha-plugins=false| --load-restrictor[= ]LoadRestrictionsRootOnly)*$/;

/** Whether a plugin of Argo CD is kustomize by another name, as its definition in the repository says: most are, to have Helm inflate charts. */
export function isKustomizePlugin(tree: SourceTree, name: unknown): boolean {
  if (typeof name !== "string" || name === "") return false;
  return getOrMake(
    getOrMakeWeak(known, tree, () => new Map<string, boolean>()),
    name,
    () => {
      const commands = definitions(tree, name);
      return commands.size === 1 && isKustomize.test([...commands][0] ?? "");
    },
  );
}

function definitions(tree: SourceTree, name: string): Set<string> {
  const commands = new Set<string>();
  const note = (generate: unknown) => {
    const parts = [memberAt(generate, ["command"]), memberAt(generate, ["args"])].flat();
    if (parts.some((part) => part !== undefined))
      commands.add(
        parts
          .filter((part) => part !== undefined)
          .join(" ")
          .trim(),
      );
  };
  const walk = (value: unknown): void => {
    if (typeof value === "string") {
      // A ConfigMap holds the definition as text.
      if (/\n[\s\S]*ConfigManagementPlugin/.test(value))
        for (const one of readYaml(value, "").documents) walk(one.value);
    } else if (Array.isArray(value)) for (const item of value) walk(item);
    else if (isRecord(value)) {
      // As the plugin's own kind, or by its name among the values of Argo CD's chart.
      if (value.kind === "ConfigManagementPlugin" && memberAt(value, ["metadata", "name"]) === name)
        note(memberAt(value, ["spec", "generate"]));
      const plugins = memberAt(value, ["cmp", "plugins", name]);
      if (plugins !== undefined) note(memberAt(plugins, ["generate"]));
      for (const member of Object.values(value)) walk(member);
    }
  };
  const files = filesBelow(tree, "", (part) => part !== ".git" && part !== "node_modules");
  for (const file of files.filter((one) => /\.ya?ml$/.test(one))) {
    const text = Buffer.from(tree.read(file) ?? []).toString("utf8");
    if (text.includes(name) && text.includes("generate"))
      for (const { value } of readYaml(text, "").documents) walk(value);
  }
  return commands;
}
