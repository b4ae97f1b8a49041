// Posts the comment of a pull request, or edits the one that is there. The file was written by a run of the pull request's own code: it is text to
// show and nothing else. Which pull request it belongs to is taken from the event, never from the file.
const { readFileSync } = require("node:fs");

const limit = 65_536;
const markerPattern = /^<!-- meshfence pr [\w./-]+ -->$/;

module.exports = async function post({ github, context, core, file }) {
  const body = readFileSync(file, "utf8");
  const marker = body.split("\n", 1)[0];
  if (!markerPattern.test(marker) || body.length > limit) {
    core.setFailed("the artifact does not hold a comment of meshfence");
    return;
  }
  const { workflow_run: run } = context.payload;
  const { data: pulls } = await github.rest.pulls.list({
    ...context.repo,
    state: "open",
    head: `${run.head_repository.owner.login}:${run.head_branch}`,
  });
  // A newer commit has a run of its own.
  const pull = pulls.find(({ head }) => head.sha === run.head_sha);
  if (pull === undefined) {
    core.notice(`no open pull request has ${run.head_sha} as its newest commit: nothing to comment on`);
    return;
  }
  const issue = { ...context.repo, issue_number: pull.number };
  const comments = await github.paginate(github.rest.issues.listComments, { ...issue, per_page: 100 });
  // Anyone may write the marker, other bots too; only what this token's own user wrote is edited.
  const { viewer } = await github.graphql("query { viewer { login } }");
  const own = nameOf(viewer.login);
  const known = comments.find(({ user, body: text }) => nameOf(user?.login) === own && text?.startsWith(`${marker}\n`));
  if (known === undefined) await github.rest.issues.createComment({ ...issue, body });
  else await github.rest.issues.updateComment({ ...context.repo, comment_id: known.id, body });
};

/** The name of an app's user has this behind it in one of GitHub's two interfaces. */
function nameOf(login) {
  return login?.replace(/\[bot\]$/, "");
}
