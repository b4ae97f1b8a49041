// Has V8 optimize a function after ten times as many runs as usual. Most code runs a few times in a test, so that optimizing it costs more
// than it gains: without this the tests take a quarter more processor time. Which flag does that depends on V8's version.
const { setFlagsFromString } = require("node:v8");

const [major] = process.versions.node.split(".").map(Number);
const flags =
  major < 22
    ? ["--interrupt-budget=1000000"]
    : ["--invocation-count-for-maglev=4000", "--invocation-count-for-turbofan=30000"];
for (const flag of flags) setFlagsFromString(flag);
