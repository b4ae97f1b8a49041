// Required before `meshfence plan` of the sandbox: writes what the matrix adds to it, loading the engine and asking it, to file descriptor 3.
// Measured where it happens: what else plan has loaded, compiled and warmed up by then is not the matrix's.
const Module = require("node:module");
const { writeSync } = require("node:fs");
const path = require("node:path");

const engine = path.join(__dirname, "..", "..", "dist", "reachability", "edges.js");
const load = Module._load;
let spent;

function timed(task) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = task();
  const { user, system } = process.cpuUsage(before);
  spent ??= { wall: 0, cpu: 0 };
  spent.wall += performance.now() - start;
  spent.cpu += (user + system) / 1000;
  return result;
}

Module._load = function (request, parent, isMain) {
  const is = request.endsWith("/edges") && Module._resolveFilename(request, parent) === engine;
  if (!is || spent !== undefined) return load.call(this, request, parent, isMain);
  const { reachableEdges } = timed(() => load.call(this, request, parent, isMain));
  return { reachableEdges: (...given) => timed(() => reachableEdges(...given)) };
};

process.on("exit", () => writeSync(3, JSON.stringify(spent)));
