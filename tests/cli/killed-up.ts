import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { project, temporaryDirectory } from "../plan/fixture";
import { assertEndsSoon, type End, endedEarly, leftIn, programs } from "../support/ended-early";

/**
 * Imitates the Pulumi CLI with a file backend, as far as `up` and `down` need it: it locks the stack while it updates, removes its lock when
 * interrupted, and refuses a second update. Like the real one, it listens for signals only some time after it has locked the stack.
 */
const pulumi = (secondsFile: string) => `
root="\${PULUMI_BACKEND_URL#file://}/.pulumi"
stack="$root/stacks/program/dev.json"
locks="$root/locks/organization/program/dev"
update() {
  if [ -n "$(ls "$locks" 2>/dev/null)" ]; then
    echo "error: the stack is currently locked by 1 lock(s)" >&2
    exit 255
  fi
  mkdir -p "$locks"
  # As in Pulumi, no lock is ever half written.
  echo "{\\"pid\\":$$,\\"username\\":\\"me\\",\\"hostname\\":\\"$(hostname)\\",\\"timestamp\\":\\"2026-01-01T00:00:00Z\\"}" > "$root/$$.draft"
  mv "$root/$$.draft" "$locks/$$.json"
  /bin/sleep 0.02
  /bin/sleep $(cat ${secondsFile}) & sleeper=$!
  trap 'kill $sleeper; rm -f "$locks/$$.json"; echo "error: update canceled" >&2; exit 255' INT TERM
  wait $sleeper
  echo "{}" > "$stack"
  rm -f "$locks/$$.json"
}
case "$1 $2" in
  "version "*) echo v3.250.0;;
  "plugin ls") echo "[]";;
  "stack select") [ -e "$stack" ] || { echo "error: no stack named 'dev' found" >&2; exit 255; };;
  "stack init") mkdir -p "\${stack%/*}"; echo '{}' > "$stack";;
  "stack export") [ -e "$stack" ] && echo '{"deployment":{}}';;
  "stack output") echo "{}";;
  "stack history") echo '[{"kind":"update","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T00:00:01Z","message":"","environment":{},"config":{},"result":"succeeded","version":1,"resourceChanges":{"same":1}}]';;
  "stack rm") rm -f "$stack";;
  "up "*|"destroy "*|"preview "*) update;;
  *) echo "error: unexpected: $*" >&2; exit 1;;
esac`;

const docker = `[ "$1" = info ] && echo '{"MemTotal":8589934592,"ServerVersion":"28"}'; exit 0`;

/** A machine with Docker and a slow Pulumi, to interrupt `up` and `down`. */
export class KilledUp {
  readonly directory = project({ "index.ts": "" });
  readonly temporary = temporaryDirectory();
  readonly data = temporaryDirectory();
  private readonly secondsFile = path.join(temporaryDirectory(), "seconds");
  private readonly programs = programs({ docker, pulumi: pulumi(this.secondsFile) });
  private readonly env: NodeJS.ProcessEnv;

  /** @param seconds How long an update takes. A unique number identifies its process. */
  constructor(seconds: string) {
    this.takes(seconds);
    this.env = {
      PATH: `${this.programs}:/usr/bin:/bin`,
      ...{ HOME: temporaryDirectory(), XDG_DATA_HOME: this.data, TMPDIR: this.temporary },
      ...{ PULUMI_HOME: undefined, PULUMI_BACKEND_URL: undefined, PULUMI_STACK: undefined },
    };
  }

  /** Sets the duration of further updates. */
  takes(seconds: string): void {
    writeFileSync(this.secondsFile, seconds);
  }

  run(command: "up" | "down", signal: NodeJS.Signals, when: (over: AbortSignal) => Promise<unknown>): Promise<End> {
    return endedEarly([command, "--program", this.directory], { env: this.env }, signal, when);
  }

  locks(): string[] {
    return this.names(path.join("state", ".pulumi", "locks", "organization", "program", "dev"));
  }

  /** Waits for the end of the programs of a run, also of one that had not begun to sleep when its run was killed. */
  async assertProgramsEnd(seconds: string, what: string): Promise<void> {
    await assertEndsSoon(this.programs, what);
    await assertEndsSoon(`sleep ${seconds}`, what);
  }

  assertNothingLeft(when: string): void {
    assert.deepEqual(this.locks(), [], when);
    assert.deepEqual(this.names(path.join("updates", "program", "dev")), [], when);
    assert.deepEqual(leftIn(this.temporary), [], when);
  }

  private names(folder: string): string[] {
    const whole = path.join(this.data, "meshfence", folder);
    return existsSync(whole) ? readdirSync(whole) : [];
  }
}
