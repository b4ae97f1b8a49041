/** Variables with which a step could act for its GitHub or GitLab job: tokens, and files that control later steps. */
const jobVariables =
  /^(ACTIONS_|CI_JOB_TOKEN$|CI_.*_PASSWORD$|GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY|TOKEN)$|GH_TOKEN$|MESHFENCE_TOKEN$)/;

/** The environment for code of a change: everything except variables with which it could act for the job. */
export function environmentOfChange(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !jobVariables.test(name)));
}
