/** What a job of GitHub or GitLab gives its steps to speak for it: tokens, and files by which a step tells the next ones what to do. */
const ofTheJob =
  /^(ACTIONS_|CI_JOB_TOKEN$|CI_.*_PASSWORD$|GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY|TOKEN)$|GH_TOKEN$|MESHFENCE_TOKEN$)/;

/** The variables that code of a change gets: all but what would let it speak for the job that compares it. */
export function environmentOfChange(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ofTheJob.test(name)));
}
