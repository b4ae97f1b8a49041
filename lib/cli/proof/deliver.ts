import { safeText } from "../../common/printable";
import { UserError } from "../../common/user-error";
import { writeWhole } from "../../common/whole-file";
import type { VerifyReport } from "../../verify/report";
import { print, styleOf } from "../output/print";
import type { VerifyOptions } from "./options";

/**
 * Prints the report, or writes it to the file and says so.
 *
 * @throws UserError if the file cannot be written
 */
export async function deliver(
  report: VerifyReport,
  { format, output }: Pick<VerifyOptions, "format" | "output">,
): Promise<void> {
  if (output === undefined) return print(await render(report, format, process.stdout));
  const text = safeText(await render(report, format));
  try {
    writeWhole(output, text);
  } catch (error) {
    throw new UserError(`${output} cannot be written: ${(error as Error).message}`);
  }
  const { headline } = await import("../../report/verify/words.js");
  await print(`${headline(report)} (${output})\n`);
}

async function render(
  report: VerifyReport,
  format: VerifyOptions["format"],
  stream?: NodeJS.WriteStream,
): Promise<string> {
  switch (format) {
    case "json":
      return (await import("../../report/verify/json.js")).verifyJson(report);
    case "junit":
      return (await import("../../report/verify/junit.js")).verifyJunit(report);
    case "html": {
      const { pageHtml } = await import("../../report/page/page-html.js");
      const { pageData } = await import("../../report/page/page-data.js");
      const { probedOf, probedState } = await import("../../report/page/probed.js");
      return pageHtml(pageData(`${report.context}, and its proof`, [probedState(report)], { seen: probedOf(report) }));
    }
    case "markdown":
      return (await import("../../report/verify/markdown.js")).verifyMarkdown(report);
    case "text": {
      const { verifyText } = await import("../../report/verify/text.js");
      return stream === undefined ? verifyText(report) : verifyText(report, styleOf(stream), stream.columns);
    }
  }
}
