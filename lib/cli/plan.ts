import { Command, Option } from "commander";

interface Options {
  readonly program?: string;
  readonly config: readonly string[];
  readonly stack?: string;
  readonly format: "text" | "json" | "markdown";
  readonly out?: string;
}

/** `meshfence plan`: what a Pulumi program would create, in which order, without Pulumi. */
export function planCommand(): Command {
  return new Command("plan")
    .description("show what a Pulumi program would create, in which order, with nothing but Node")
    .option("--program <directory>", "directory of a Pulumi.yaml (default: the nearest one upwards)")
    .option("--config <key=value>", "set configuration for this plan; may be repeated", collect, [])
    .option("--stack <name>", "stack whose Pulumi.<stack>.yaml is used (default: PULUMI_STACK, the only one, or dev)")
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json", "markdown"]).default("text"))
    .option("--out <directory>", "also write each Kubernetes object and each Helm release's values there")
    .action(async (options: Options) => {
      const { showPlan } = await import("./show-plan.js");
      process.exitCode = await showPlan(options);
    });
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
