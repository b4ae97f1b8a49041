import type * as pulumi from "@pulumi/pulumi";

type Component = new (name: string, args: object, opts?: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

/**
 * The library's component as a plain `ComponentResource`. Pulumi's analyzer only recognizes classes that extend `ComponentResource` directly, and
 * takes every field for an output. So the classes here declare the outputs that other languages get, and their arguments in a form that a schema
 * can express.
 */
export function componentOf(component: unknown): Component {
  return component as Component;
}
