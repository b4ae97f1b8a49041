const head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: obj\n";
const data = (text: string) => `${head}data:\n${text}\n`;
const json = (more: string) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"}${more}`;

/** Texts that a generator would hardly produce. Each has something that kubectl reads in its own way, or refuses. */
export const oddTexts: readonly string[] = [
  // Directives, which kubectl splits off at `---`.
  ...["%YAML 1.1", "%YAML 1.2", "%YAML 2.0", "%YAML", "%YAML 1.1 # c", "%TAG ! tag:x,2000:", "%FOO"].map(
    (directive) => `${directive}\n---\n${head}`,
  ),
  `# c\n\n%YAML 1.1\n---\n${head}`,
  `\ufeff%YAML 1.1\n---\n${head}`,
  `${head}---\n%YAML 1.1\n---\n${head}`,
  `%YAML 1.1\n${head}`,
  `${head}...\n%YAML 1.1\n---\n${head}`,
  // Anchors with other characters.
  ...["k: &é a", "k: &a: b", "&a: z", "&é a: z", "k: &a.b c", "k: &a-b_1 c", "? &é a\n  : b"].map((line) =>
    data(`  ${line}`),
  ),
  data("- &é a"),
  // Numbers as keys.
  ...["-0.0", "-0", "1_0.5e1_0", "1e6", "1e5", "1000000", "999999.0", "1000000.0", "-1e6", "0x100000", "1_000_000"].map(
    (key) => data(`  ${key}: z`),
  ),
  // Tabs after a block indicator.
  ...["- \ta", "-\ta", "- - \ta", "? \ta\n: b", "? a\n: \tb", "- \t", "- \t# c", "-  a\t", "--\ta", "- a\n-\t- b"].map(
    data,
  ),
  `---\t# c\n${head}`,
  // Versions.
  ...["v1/v2/v3", "/v1", "v1/", "a/b/c/d"].map((version) => head.replace("v1", version).replace("ConfigMap", "Pod")),
  // JSON that JavaScript accepts and Go does not.
  ...[
    ',"a":1e400}',
    ',"a":1e308}',
    ',"a":-1e999}',
    ',"a":"\\ud800"}',
    ',"\\udc00a":1}',
    ',"a":"\\ud83d\\ude00"}',
  ].flatMap((more) => [json(more), `${json("}")}\n${json(more)}`]),
];
