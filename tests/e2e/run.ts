import { preflightTable } from "../../lib/cli/preflight/check";
import { checkDocker } from "../../lib/cli/preflight/docker";
import { checkPulumi } from "../../lib/cli/preflight/pulumi";
import { executor } from "../../lib/common/process";
import { journey } from "./journey";
import { Machine } from "./machine";

async function main(): Promise<number> {
  const execute = executor();
  const needed = [await checkDocker(execute), await checkPulumi(execute)];
  if (!needed.every(({ ok }) => ok)) {
    process.stderr.write(
      `The end-to-end test needs Docker and Pulumi, and was not run:\n\n${preflightTable(needed)}\n`,
    );
    return 1;
  }
  const machine = new Machine();
  const interrupted = () => {
    void machine.cleanUp().finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  await machine.prepare(process.env.MESHFENCE_E2E_CONFIG);
  try {
    return (await journey(machine)) ? 0 : 1;
  } finally {
    await machine.cleanUp();
  }
}

void main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
