import path from "node:path";
import { type Recording, run } from "../../lib/embedded-engine";
import { readConfiguration } from "../../lib/plan/configuration";
import { readProject } from "../../lib/plan/project";

const root = path.join(__dirname, "../..");

/** Runs a stack of this repository in preview with the defaults of its Pulumi.yaml, against the built library. Once a process. */
export function previewed(folder: string, assignments: readonly string[] = []): Promise<Recording> {
  const project = readProject(path.join(root, folder));
  const { values, secretKeys } = readConfiguration(project, "test", assignments);
  return run({
    project: project.name,
    stack: "test",
    mode: "preview",
    config: values,
    secretConfigKeys: secretKeys,
    program: () => require(project.entryPoint),
  });
}
