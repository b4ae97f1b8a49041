import { Command, InvalidArgumentError, Option } from "commander";
import { collect } from "../options/program";
import { defaultVerifyOptions, type VerifyOptions, verifyFormats } from "../proof/options";

/** `meshfence verify`: whether a running cluster behaves as predicted. */
export function verifyCommand(): Command {
  const defaults: VerifyOptions = defaultVerifyOptions;
  return new Command("verify")
    .description("probe a running cluster and compare the results with the prediction")
    .option("--context <name>", "context of the kubeconfig (default: the sandbox's, otherwise the current one)")
    .option(
      "--stack <name>",
      "stack of the sandbox (default: PULUMI_STACK, the one that `pulumi stack select` chose, the only one, or dev)",
    )
    .option("--kubeconfig <file>", "kubeconfig file (default: KUBECONFIG, otherwise ~/.kube/config)")
    .option(
      "-n, --namespace <name>",
      "namespace to judge; may be repeated (default: the sandbox's)",
      collect,
      defaults.namespace,
    )
    .option("--dry-run", "only print what would be probed and created")
    .option("--watch", "verify again when policies or pods change, until interrupted")
    .option(
      "--interval <seconds>",
      "with --watch: verify again after this time even without a change",
      seconds,
      defaults.interval,
    )
    .addOption(new Option("--format <format>", "output format").choices(verifyFormats).default(defaults.format))
    .option("--output <file>", "write the report to a file, and one line to the terminal")
    .option("--timeout <seconds>", "how long to wait until the cluster is ready", seconds, defaults.timeout)
    .option("--parallel <number>", "how many probes run at once", count, defaults.parallel)
    .option("--limit <number>", "the maximum number of probes per run", count, defaults.limit)
    .option("--probe-image <image>", "image with curl, getent and sleep, for meshfence's own pods (default: podinfo's)")
    .option("--outside <host:port>", "a server outside the cluster that the probes may use")
    .option("--no-outside", "probe nothing outside the cluster")
    .option(
      "--outside-image <image>",
      "with kind: image of the server outside the cluster, on 9898 (default: podinfo's)",
    )
    .option("--no-strangers", "create no pods: only the workloads probe each other")
    .option("--no-probe-containers", "add no container to pods that have no curl")
    .option("--no-mtls", "do not prove mTLS from the proxies' metrics")
    .option("--no-controller", "do not compare with Linkerd's policy controller")
    .addHelpText(
      "after",
      `
It reads policies, namespaces and pods, predicts from them, and probes: it sends
requests between the running workloads, from pods of its own ("strangers", in a
namespace of their own), and to a server outside. It removes what it creates, even
when interrupted, except a container that it had to add to a pod without curl, which
stays until the pod is gone.

Exit status: 0 every edge is as predicted, 1 an edge is not or could not be decided,
2 the command line is wrong or the cluster cannot be reached, 130 interrupted
(143 by SIGTERM).`,
    )
    .action(async (options: VerifyOptions) => {
      const { runVerify } = await import("../run/verify.js");
      process.exitCode = await runVerify(options);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("Give a number of seconds above 0.");
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number, 1 or more.");
  return value;
}
