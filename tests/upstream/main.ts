import { upstreamReport } from "./report";

/** `npm run versions`. Fails where lib/common/versions.ts is wrong or nobody answered, not because something is newer. */
async function main(): Promise<void> {
  const { lines, problems } = await upstreamReport(read);
  process.stdout.write([...lines, ""].join("\n"));
  process.stderr.write(problems.map((problem) => `problem: ${problem}\n`).join(""));
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** GitHub answers strangers 60 times an hour, and more often those who give a token. */
async function read(url: string): Promise<string> {
  const token = process.env.GITHUB_TOKEN;
  const authorised = token !== undefined && new URL(url).host === "api.github.com";
  const response = await fetch(url, {
    headers: authorised ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(30_000),
  }).catch((error: Error) => {
    // fetch says "fetch failed", and why in the cause.
    throw error.cause instanceof Error ? error.cause : error;
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}

void main();
