import type { Manifests } from "../input/manifests/read";
import { evaluate } from "../manifests/evaluate";
import { learn } from "../traffic/learn/learn";
import type { Learned } from "../traffic/learn/learned";
import { observing } from "../traffic/learn/observe";
import { manifestsFor, manifestsOf } from "./input";
import { Exit, type InputOptions, readsCluster } from "./input-options";
import { policyStateOf } from "./policy-state";
import { print, printNotices, reportProblems } from "./print";
import { recordedTraffic } from "./recorded-traffic";

/** What `meshfence learn` writes. */
export type LearnFormat = "yaml" | "typescript" | "json";

export interface LearnCommandOptions extends InputOptions {
  traffic: string[];
  for?: number;
  only?: string[];
  observe?: boolean;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  as: LearnFormat;
}

/** Runs `meshfence learn` and returns its exit status. */
export async function showLearn(files: readonly string[], options: LearnCommandOptions): Promise<number> {
  const [manifests, traffic] = await Promise.all([manifestsIn(files, options), recordedTraffic(options)]);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated = evaluate(manifests, options);
  const problems = [...evaluated.problems, ...traffic.problems];
  reportProblems(problems);
  printNotices(evaluated, "svg");
  if (traffic.edges.length === 0)
    reportProblems([
      { code: "no-traffic", message: `${options.traffic.join(", ")}: it contains no traffic between endpoints` },
    ]);
  const { only } = options;
  const controllers = new Map(
    manifests.workloads.flatMap(({ endpoint, selects }) =>
      selects === undefined ? [] : [[endpoint.id, selects] as const],
    ),
  );
  const learned = learn(traffic, policyStateOf(manifests, evaluated, options), {
    controllers,
    ...(only !== undefined && { only }),
  });
  reportProblems(learned.problems);
  await print(await render(options.observe === true ? observing(learned) : learned, options.as));
  if (problems.length > 0 || learned.problems.length > 0 || traffic.edges.length === 0) return Exit.BadInput;
  return learned.proof.allowed === learned.proof.edges ? Exit.Fine : Exit.Found;
}

/** Without files, what traffic alone tells. */
async function manifestsIn(files: readonly string[], options: LearnCommandOptions): Promise<Manifests | undefined> {
  if (files.length === 0 && options.plan !== true && !readsCluster(options)) return manifestsOf([], options);
  return manifestsFor(files, options);
}

async function render(learned: Learned, format: LearnFormat): Promise<string> {
  switch (format) {
    case "json":
      return (await import("../report/traffic/learn-json.js")).learnJson(learned);
    case "typescript":
      return (await import("../report/traffic/learn-typescript.js")).learnTypescript(learned);
    case "yaml":
      return (await import("../report/traffic/learn-yaml.js")).learnYaml(learned);
  }
}
