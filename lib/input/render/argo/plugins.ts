import { getOrMake, getOrMakeWeak } from "../../../common/maps";
import { isRecord, memberAt } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import { filesBelow, type SourceTree } from "../repository/tree";

const isKustomizeByTree = new WeakMap<SourceTree, Map<string, boolean>>();

/** `kustomize build` of the plugin's working directory, with options that make no difference or that Argo CD's own kustomize has, too. */
const kustomizeCommand =
  /^(?:\/?(?:bin\/)?(?:sh|bash) -c )?kustomize build(?: \.| --enable-helm| --enable-alpha-plugins=false| --load-restrictor[= ]LoadRestrictionsRootOnly)*$/;

/** Whether an Argo CD plugin, as defined in the repository, only runs kustomize. Most do, to let it inflate Helm charts. */
export function isKustomizePlugin(tree: SourceTree, name: unknown): boolean {
  if (typeof name !== "string" || name === "") return false;
  return getOrMake(
    getOrMakeWeak(isKustomizeByTree, tree, () => new Map<string, boolean>()),
    name,
    () => {
      const commands = pluginCommands(tree, name);
      return commands.size === 1 && kustomizeCommand.test([...commands][0] ?? "");
    },
  );
}

function pluginCommands(tree: SourceTree, name: string): Set<string> {
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
      // A ConfigMap may hold the definition as text.
      if (/\n[\s\S]*ConfigManagementPlugin/.test(value))
        for (const one of readYaml(value, "").documents) walk(one.value);
    } else if (Array.isArray(value)) for (const item of value) walk(item);
    else if (isRecord(value)) {
      // A definition is an object of its own, or is among the values of Argo CD's chart, by the plugin's name.
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
