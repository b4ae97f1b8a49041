import { once } from "node:events";
import { evaluate } from "../../manifests/evaluate";
import { manifestsFor } from "../input/manifests";
import type { InputOptions } from "../options/input";
import { Exit } from "../output/exit";
import { whenLost } from "../output/lost-output";
import { print, printNotices, reportProblems, say } from "../output/print";
import { pageOf } from "../page/page";
import { servePage } from "../page/server";
import { pageTitle } from "../page/title";
import { watchFiles } from "../page/watch-files";
import { reachReport } from "../reports/reach";

export interface ViewOptions extends InputOptions {
  port?: number;
}

/** Runs `meshfence view` until it is interrupted, and returns its exit status. */
export async function runView(files: readonly string[], options: ViewOptions): Promise<number> {
  const first = await pageOfFiles(files, options);
  if (first === undefined) return Exit.BadInput;
  const server = await servePage(first.page, options.port).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === "EADDRINUSE" ? `port ${options.port} is taken; leave --port out for a free one` : error.message;
    reportProblems([{ code: "not-served", message: why }]);
    return undefined;
  });
  if (server === undefined) return Exit.BadInput;
  let last = first;
  const stop = watchFiles(files, async () => {
    const next = await pageOfFiles(files, options);
    last = next ?? { ...last, isWhole: false };
    if (next !== undefined) server.replace(next.page);
  });
  // If the address cannot be printed, nobody can open the page.
  const ended = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), whenLost(process.stdout)]);
  await print(`${server.url}\n`);
  say("Watching the files; Ctrl-C ends it.");
  await ended;
  stop();
  await server.close();
  return last.isWhole ? Exit.Fine : Exit.BadInput;
}

interface ShownPage {
  page: string;
  /** Whether all files were read completely. */
  isWhole: boolean;
}

/** The page of the current files. Problems are reported, and what could be read is shown. */
async function pageOfFiles(files: readonly string[], options: ViewOptions): Promise<ShownPage | undefined> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return undefined;
  const evaluated = evaluate(manifests, options);
  reportProblems(evaluated.problems);
  printNotices(evaluated, "html");
  const { endpoints } = reachReport(evaluated);
  const state = { ...evaluated, scenario: { ...evaluated.scenario, endpoints: [...endpoints] }, name: "now" };
  const page = await pageOf(pageTitle(files), [state], {}, { live: true });
  return { page, isWhole: evaluated.problems.length === 0 };
}
