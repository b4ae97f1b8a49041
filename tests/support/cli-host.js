// Runs the built `meshfence` again and again in one process, for tests that look at what a command says: starting Node and loading the
// command takes many times longer than running it. `meshfence` of tests/support/meshfence.ts starts a process for each run.
require("./less-optimizing.js");

const { run } = require("../../dist/cli/main.js");
const { Exit: Status } = require("../../dist/cli/output/exit.js");

const environment = { ...process.env };

class Exit extends Error {
  constructor(status) {
    super(`exit ${status}`);
    this.status = status;
  }
}

process.on("message", async ({ args, cwd, env }) => {
  const said = { stdout: "", stderr: "" };
  const streams = ["stdout", "stderr"].map((name) => ({ name, write: process[name].write }));
  for (const { name } of streams) {
    process[name].write = (text) => {
      said[name] += text;
      return true;
    };
  }
  const { exit } = process;
  process.exit = (status = process.exitCode ?? 0) => {
    throw new Exit(status);
  };
  process.exitCode = 0;
  process.env = { ...environment, ...env };
  process.chdir(cwd);
  let status;
  try {
    await run(["node", "meshfence", ...args]);
    status = process.exitCode;
  } catch (error) {
    if (!(error instanceof Exit)) said.stderr += error.stack;
    status = error instanceof Exit ? error.status : Status.Internal;
  }
  process.exit = exit;
  process.exitCode = 0;
  for (const { name, write } of streams) {
    process[name].write = write;
    process[name].removeAllListeners("error");
  }
  process.send({ status, ...said });
});
