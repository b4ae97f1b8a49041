import type { Plan } from "./model";

/** The plan as JSON, for scripts: `{ project, stack, resources: [{ urn, type, name, parent, dependsOn, provider, wave, inputs }] }`. */
export function planAsJson({ project, stack, resources }: Plan): string {
  const content = {
    project,
    stack,
    resources: resources.map(({ urn, type, name, parent, dependsOn, provider, wave, inputs }) => ({
      urn,
      type,
      name,
      parent,
      dependsOn,
      provider,
      wave,
      inputs,
    })),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
