import assert from "node:assert/strict";
import {
  type Properties,
  type Recording,
  type Registration,
  type RunOptions,
  run,
  withoutSecrets,
} from "../../lib/pulumi-engine";

export const bothModes = ["preview", "update"] as const;

/** Runs a program on the embedded engine and expects that it ends well. */
export async function recorded(program: RunOptions["program"], options: Partial<RunOptions> = {}): Promise<Recording> {
  const recording = await run({
    project: "meshfence",
    stack: "test",
    mode: "update",
    transport: "direct",
    ...options,
    program,
  });
  assert.equal(recording.error, undefined, String(recording.error));
  return recording;
}

/** Runs a program that has to fail, and gives what it failed with. */
export async function failure(program: RunOptions["program"], options: Partial<RunOptions> = {}): Promise<string> {
  const recording = await run({
    project: "meshfence",
    stack: "test",
    mode: "update",
    transport: "direct",
    ...options,
    program,
  });
  assert.ok(recording.error instanceof Error, "the program was expected to fail");
  return recording.error.message;
}

/** The one registration of that type, and of that name where several have the type. */
export function only(recording: Recording, type: string, name?: string): Registration {
  const found = recording.registrations.filter((r) => r.type === type && (name === undefined || r.name === name));
  assert.equal(
    found.length,
    1,
    `${found.length} registrations of ${type}${name === undefined ? "" : ` named ${name}`}`,
  );
  const [registration] = found;
  assert.ok(registration);
  return registration;
}

/** Inputs in plain text, for comparing; secrecy has tests of its own. */
export function inputs(registration: Registration): Properties {
  return withoutSecrets(registration.inputs) as Properties;
}
