import { didYouMean } from "../../common/did-you-mean";
import type { Path, Problem } from "../../common/problem";
import { isRecord } from "../../input/manifests/shape";
import { readYaml } from "../../input/manifests/yaml";
import { Severity } from "../finding";
import { ignoreRules } from "../ignores/rules";
import { rules } from "../rules";
import { defaultSettings, type LintSettings, type RuleSettings } from "./settings";

const severities: readonly string[] = [...Object.values(Severity), "off"];
const names: readonly string[] = [...rules, ...ignoreRules].map(({ id }) => id);

/** Reads a project's settings: the section `lint`, and `clusters`. Mistakes are problems, because a slip would silence too much or too little. */
export function readLintSettings(text: string, file: string): { settings: LintSettings; problems: Problem[] } {
  const { documents, problems } = readYaml(text, file);
  const [document, second] = documents;
  const found = [...problems];
  const report = (path: Path, message: string, at = document) =>
    found.push({ code: "invalid-setting", file, ...at?.position(path), path, message });
  if (second !== undefined) report([], "is a second document, which is ignored", second);
  const reader = new SettingsReader(report);
  const settings = document === undefined ? defaultSettings : reader.file(document.value);
  return { settings, problems: found };
}

class SettingsReader {
  constructor(private readonly report: (path: Path, message: string) => void) {}

  file(value: unknown): LintSettings {
    const { lint, clusters } = this.members(value, [], ["lint", "clusters"]);
    const { rules, ignore } = lint === undefined ? {} : this.members(lint, ["lint"], ["rules", "ignore"]);
    return {
      rules: rules === undefined ? new Map() : this.rules(rules),
      ignore: ignore === undefined ? [] : this.patterns(ignore, ["lint", "ignore"]),
      ...(clusters !== undefined && { clusters: this.texts(clusters, ["clusters"], "name") }),
    };
  }

  private rules(value: unknown): Map<string, RuleSettings> {
    const path = ["lint", "rules"];
    const known = this.members(value, path, names, "rule");
    return new Map(Object.entries(known).map(([name, rule]) => [name, this.rule(rule, [...path, name])]));
  }

  private rule(value: unknown, path: Path): RuleSettings {
    if (!isRecord(value)) return this.severity(value, path);
    const { severity, ignore } = this.members(value, path, ["severity", "ignore"]);
    return {
      ...(severity !== undefined && this.severity(severity, [...path, "severity"])),
      ...(ignore !== undefined && { ignore: this.patterns(ignore, [...path, "ignore"]) }),
    };
  }

  private severity(value: unknown, path: Path): RuleSettings {
    // In YAML 1.1, `off` means false.
    const word = value === false ? "off" : value;
    if (typeof word === "string" && severities.includes(word))
      return { severity: word as NonNullable<RuleSettings["severity"]> };
    const meant = typeof word === "string" ? didYouMean(word, severities) : "";
    this.report(path, `must be one of ${severities.join(", ")}${meant}`);
    return {};
  }

  private patterns(value: unknown, path: Path): string[] {
    return this.texts(value, path, "path");
  }

  private texts(value: unknown, path: Path, what: string): string[] {
    if (!Array.isArray(value)) {
      this.report(path, `must be a list of ${what}s`);
      return [];
    }
    return value.filter((item, at): item is string => {
      const isText = typeof item === "string" && item.trim() !== "";
      if (!isText) this.report([...path, at], `must be a ${what}`);
      return isText;
    });
  }

  /** The known members of a mapping; reports the others. */
  private members(value: unknown, path: Path, known: readonly string[], what = "setting"): Record<string, unknown> {
    if (!isRecord(value)) {
      this.report(path, "must be a mapping");
      return {};
    }
    return Object.fromEntries(
      Object.entries(value).filter(([key]) => {
        if (!known.includes(key)) this.report([...path, key], `there is no ${what} "${key}"${didYouMean(key, known)}`);
        return known.includes(key);
      }),
    );
  }
}
