import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Recording, type Registration, type RunOptions, run } from "../../lib/pulumi-engine";

/** A component with a Namespace and a Release in it, the second after the first. */
export class App extends pulumi.ComponentResource {
  readonly namespace: kubernetes.core.v1.Namespace;
  readonly release: kubernetes.helm.v3.Release;

  constructor(name: string, args: { values?: pulumi.Input<object> } = {}, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:App", name, args, opts);
    const parent = { parent: this };
    this.namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, { metadata: { name } }, parent);
    this.release = new kubernetes.helm.v3.Release(
      `${name}-release`,
      { chart: "app", values: args.values as { [key: string]: unknown } },
      { ...parent, dependsOn: this.namespace },
    );
    this.registerOutputs({ namespace: this.namespace.metadata.name });
  }
}

/** Runs a program in a project and stack whose names do not matter. */
export function record(
  program: RunOptions["program"],
  options: Partial<RunOptions> & { mode?: "preview" | "update" } = {},
): Promise<Recording> {
  return run({ project: "project", stack: "stack", mode: "preview", ...options, program });
}

/** The registration with this name. */
export function find({ registrations }: Pick<Recording, "registrations">, name: string): Registration {
  const found = registrations.find((registration) => registration.name === name);
  if (!found) throw new Error(`${name} was not registered, only ${registrations.map((each) => each.name).join(", ")}`);
  return found;
}

/** Names in the order of registration, without the stack and without default providers. */
export function names(registrations: readonly Registration[]): string[] {
  return registrations
    .filter(({ implicit, type }) => !implicit && type !== "pulumi:pulumi:Stack")
    .map(({ name }) => name);
}
