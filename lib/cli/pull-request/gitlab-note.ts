import { readFileSync } from "node:fs";
import { COMMENT_LIMIT } from "../../report/pull-request/comment-limit";

/** The merge request of a GitLab job, and the token to write the note with. */
export interface NoteTarget {
  /** `CI_API_V4_URL` */
  api: string;
  /** `CI_PROJECT_ID` */
  project: string;
  /** `CI_MERGE_REQUEST_IID` */
  mergeRequest: string;
  /** May write notes: a project access token with the scope `api` and the role Reporter. */
  token: string;
}

interface Note {
  id: number;
  body: string;
  system?: boolean;
  author?: { id?: number };
}

const markerPattern = /^<!-- meshfence pr [\w./-]+ -->$/;
const perPage = 100;

/**
 * Writes the comment on the merge request, or edits the existing one. Anyone can copy its marker, so only a note of the token's own user is edited.
 *
 * @param send Like `fetch`.
 * @throws Error if the text is not a meshfence comment, or GitLab refuses
 */
export async function postNote(body: string, target: NoteTarget, send: typeof fetch = fetch): Promise<void> {
  const [marker = ""] = body.split("\n", 1);
  if (!markerPattern.test(marker) || body.length > COMMENT_LIMIT) throw new Error("this is not a meshfence comment");
  const ask = async <T>(path: string, method = "GET", given?: object): Promise<T> => {
    const answer = await send(`${target.api}/${path}`, {
      method,
      headers: { "PRIVATE-TOKEN": target.token, "content-type": "application/json" },
      ...(given !== undefined && { body: JSON.stringify(given) }),
    });
    if (!answer.ok) throw new Error(`GitLab answered ${answer.status} to ${method} ${path}`);
    return (await answer.json()) as T;
  };
  const part = encodeURIComponent;
  const notes = `projects/${part(target.project)}/merge_requests/${part(target.mergeRequest)}/notes`;
  const { id: own } = await ask<{ id: number }>("user");
  for (let page = 1; ; page++) {
    const listed = await ask<Note[]>(`${notes}?per_page=${perPage}&page=${page}`);
    const known = listed.find((note) => !note.system && note.author?.id === own && note.body.startsWith(`${marker}\n`));
    if (known !== undefined) {
      await ask(`${notes}/${known.id}`, "PUT", { body });
      return;
    }
    if (listed.length < perPage) break;
  }
  await ask(notes, "POST", { body });
}

/** `node gitlab-note.js FILE`, in a job of a merge request, with the token in `MESHFENCE_TOKEN`. */
async function main(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const {
    CI_API_V4_URL: api,
    CI_PROJECT_ID: project,
    CI_MERGE_REQUEST_IID: mergeRequest,
    MESHFENCE_TOKEN: token,
  } = env;
  if (!api || !project || !mergeRequest) throw new Error("this job does not belong to a merge request");
  if (!token) throw new Error("MESHFENCE_TOKEN is empty: give the job a project access token that may write notes");
  await postNote(readFileSync(file, "utf8"), { api, project, mergeRequest, token });
}

if (require.main === module) {
  main(process.argv[2] ?? "meshfence/comment.md", process.env).catch((error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 2;
  });
}
