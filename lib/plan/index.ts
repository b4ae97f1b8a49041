/**
 * What a Pulumi program would create, without Pulumi: {@link planProgram} runs the program on the embedded engine, {@link planOf} turns
 * what it registered into a plan.
 */

export { UserError } from "../common/user-error";
export { writePlanDirectory } from "./directory";
export { describeFailure } from "./failure";
export { planAsJson, planFromJson } from "./json";
export { planAsFiles } from "./manifests";
export { type JsonValue, type Plan, type PlannedResource, planOf } from "./model";
export { type PlannedProgram, type PlanOptions, planProgram } from "./plan-program";
