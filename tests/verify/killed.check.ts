import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertEnded, Killed } from "./killed";

const posix = { skip: process.platform === "win32" ? "Windows has no signals" : false };
const never = () => new Promise(() => undefined);

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const)
  test(
    `verify that gets ${signal} at 50 random moments leaves nothing that the next run does not remove`,
    posix,
    async () => {
      const { killed, server } = await Killed.start();
      try {
        const start = Date.now();
        await killed.run(signal, never);
        const time = Date.now() - start;
        for (let round = 0; round < 50; round++) {
          const moment = Math.random() * time;
          const what = `${signal} after ${Math.round(moment)} of ${time} ms`;
          assertEnded(await killed.run(signal, () => wait(moment)), signal, what);
          if (signal !== "SIGKILL") assert.deepEqual(killed.left(), [], what);
        }
        await killed.run(signal, never);
        assert.deepEqual(killed.left(), []);
      } finally {
        await server.close();
      }
    },
  );
