import type { PageExtras, PageState } from "../../report/page/page-data";
import type { PageOptions } from "../../report/page/page-html";

/** The page of one state, or of two that are compared. */
export async function pageOf(
  title: string,
  states: readonly PageState[],
  more: PageExtras = {},
  served: PageOptions = {},
): Promise<string> {
  const [{ pageData }, { pageHtml }] = await Promise.all([
    import("../../report/page/page-data.js"),
    import("../../report/page/page-html.js"),
  ]);
  return pageHtml(pageData(title, states, more), served);
}
