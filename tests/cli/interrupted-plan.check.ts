import assert from "node:assert/strict";
import { test } from "node:test";
import { project } from "../plan/fixture";
import { assertEndsSoon, endedEarly, posix, programs, untilRunning } from "../support/ended-early";

const statuses = { SIGINT: 130, SIGTERM: 143 } as const;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends a plan with the processes that its program started`, posix, async () => {
    const sleep = `sleep 93.${process.pid}${statuses[signal]}`;
    const index = `import { spawn } from "node:child_process";\nspawn("/bin/sh", ["-c", "exec ${sleep}"]);\nexport default new Promise(() => setTimeout(() => {}, 1e6));\n`;
    const program = project({ "index.ts": index });
    const end = await endedEarly(["plan", "--program", program], {}, signal, (over) => untilRunning(sleep, over));
    assert.deepEqual([end.status, end.said], [statuses[signal], ""]);
    await assertEndsSoon(sleep, "the program's child");
  });

  test(`${signal} ends a plan with its language host`, posix, async () => {
    const sleep = `sleep 94.${process.pid}${statuses[signal]}`;
    const program = project({ "Pulumi.yaml": "name: program\nruntime: python\n", "__main__.py": "" });
    const host = programs({ "pulumi-language-python": `exec /bin/${sleep}` });
    const env = { PATH: `${host}:/usr/bin:/bin` };
    const end = await endedEarly(["plan", "--program", program], { env }, signal, (over) => untilRunning(sleep, over));
    assert.deepEqual([end.status, end.said], [statuses[signal], ""]);
    await assertEndsSoon(sleep, "the language host");
  });
}
