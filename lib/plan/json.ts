import type { Plan } from "./model";

/** The plan as JSON, for scripts: `{ project, stack, resources: [{ urn, type, name, parent, dependsOn, provider, wave, component, inputs }] }`. */
export function planAsJson({ project, stack, resources }: Plan): string {
  const content = {
    project,
    stack,
    resources: resources.map(({ urn, type, name, parent, dependsOn, provider, wave, inputs, component }) => ({
      urn,
      type,
      name,
      parent,
      dependsOn,
      provider,
      wave,
      ...(component && { component }),
      inputs,
    })),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The plan out of {@link planAsJson}, in another process. */
export function planFromJson(text: string): Plan {
  const { project, stack, resources } = JSON.parse(text) as Plan;
  return {
    project,
    stack,
    resources: resources.map((resource) => ({ ...resource, component: resource.component === true })),
  };
}
