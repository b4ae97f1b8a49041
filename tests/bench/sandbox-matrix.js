// What the sandbox's matrix adds to `meshfence plan`, in milliseconds of processor time: once, in a process that has loaded the policies and not the
// engine, with what the command line keeps of compiled code.
require("../../dist/cli/compile-cache.js");
const { sandboxPolicies } = require("../../dist/sandbox/edges.js");
const { sandboxScenario } = require("../../dist/sandbox/scenario.js");
const policies = sandboxPolicies("transparent");
const scenario = sandboxScenario({ transportMode: "transparent", viz: true });
const before = process.cpuUsage();
const { reachableEdges } = require("../../dist/reachability/edges.js");
reachableEdges(policies, scenario);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));
