import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { temporaryDirectory } from "../plan/fixture";
import { meshfence } from "../support/meshfence";
import { complaintsOf, launch } from "./browser";
import { hostilePage, pageOfSize, trafficPage } from "./pages";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const root = path.join(__dirname, "..", "..");
/** The folder for screenshots to look at. */
const pictures = process.env.PICTURES_IN ?? temporaryDirectory();
/** The pictures of README, which PICTURES=1 rewrites. */
const readme = process.env.PICTURES === "1" ? path.join(root, "docs", "pictures") : pictures;
const folder = temporaryDirectory();
let browser: Browser;
before(async () => {
  for (const one of [pictures, readme]) mkdirSync(one, { recursive: true });
  browser = await launch();
});
after(() => browser?.close());

interface Opened {
  page: Page;
  complaints: string[];
}

async function open(file: string, fragment = "", options: Parameters<Browser["newPage"]>[0] = {}): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, ...options });
  const complaints = complaintsOf(page);
  await page.goto(`file://${file}${fragment}`);
  await page.waitForSelector(".totals");
  return { page, complaints };
}

/** The findings of axe as text. Its script is injected by the debugger, past the page's content security policy. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>("axe.run()");
  return found.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ html }) => html.slice(0, 160))
        .join(" | ")}`,
  );
}

/** Measures until the result is good, at most so many times: another process may have had the cores meanwhile, but no slow page is fast even once. */
async function bestOf<T>(times: number, measure: () => Promise<T>, isGood: (result: T) => boolean): Promise<T> {
  const result = await measure();
  return isGood(result) || times === 1 ? result : bestOf(times - 1, measure, isGood);
}

const settled = (page: Page) => page.waitForSelector('.totals[aria-busy="false"]', { timeout: 60_000 });

test("every view renders without errors, and axe finds nothing, light and dark", async () => {
  const file = pageOfSize(folder, 30, 7);
  for (const colorScheme of ["light", "dark"] as const) {
    for (const view of ["changes", "graph", "matrix", "list", "policies"]) {
      const { page, complaints } = await open(file, `#view=${view}`, { colorScheme });
      await settled(page);
      await page.waitForSelector(
        `${{ changes: ".row", graph: ".node", matrix: ".cell", list: ".target .row", policies: "tbody tr" }[view]}`,
      );
      await page.waitForTimeout(300);
      assert.deepEqual([await violations(page), complaints], [[], []], `${view} ${colorScheme}`);
      await page.screenshot({ path: path.join(pictures, `${view}-${colorScheme}.png`) });
      await page.close();
    }
  }
});

test("explains an edge, with the change that opens it, and its link restores it", async () => {
  const { page, complaints } = await open(pageOfSize(folder, 30, 7));
  await page.click(".row.closed");
  await page.waitForSelector(".sentence.denied");
  await page.waitForSelector(".proposal .checked, .proposal .also");
  assert.match((await page.textContent(".proposal")) ?? "", /To open it.*(rule|policy)/s);
  assert.ok((await page.locator(".patch .plus").count()) > 1);
  assert.deepEqual([await violations(page), complaints], [[], []]);
  await page.screenshot({ path: path.join(pictures, "why.png") });
  const link = page.url();
  const sentence = await page.textContent(".sentence");
  await page.close();
  const again = await open(link.replace("file://", "").replace(/#.*/, ""), link.slice(link.indexOf("#")));
  await again.page.waitForSelector(".sentence");
  assert.equal(await again.page.textContent(".sentence"), sentence);
  await again.page.keyboard.press("Escape");
  await again.page.waitForSelector(".detail", { state: "detached" });
  await again.page.close();
});

test("an edit of a policy updates the views", async () => {
  const { page, complaints } = await open(pageOfSize(folder, 300), "#view=policies");
  await page.click("tbody tr:nth-child(6) button");
  await page.waitForSelector(".editor .cm-content");
  assert.match((await page.textContent(".policy")) ?? "", /Selects .*Without it/s);
  await page.locator(".editor .cm-content").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.waitForSelector(".edit .row");
  const ms = async () => Number(/Decided in (\d+) ms/.exec((await page.textContent(".edit [role=status]")) ?? "")?.[1]);
  assert.ok(Number.isFinite(await ms()));
  assert.ok((await page.locator(".edit .patch .minus").count()) > 3);
  // The fastest of several edits, because the machine may be busy.
  const times: number[] = [];
  for (let edit = 0; edit < 6; edit++) {
    await page.keyboard.press(edit % 2 === 0 ? "Control+Z" : "Control+Y");
    await page.waitForTimeout(700);
    times.push(await ms());
  }
  assert.ok(Math.min(...times) < 100, `at 300 workloads: ${times.join(", ")} ms`);
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.type("kind: Nonsense");
  await page.waitForSelector(".edit .also");
  assert.deepEqual([await violations(page), complaints], [[], []]);
  await page.close();
});

test("views, filters, matrix and edges work by keyboard alone", async () => {
  const { page, complaints } = await open(pageOfSize(folder, 30, 7));
  await page.keyboard.press("3");
  await page.waitForSelector(".cell.allowed, .cell.denied");
  await page.keyboard.press("/");
  await page.keyboard.type("w1");
  await page.locator(".matrix").focus();
  for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector(".detail .sentence, .detail .faint");
  assert.match(page.url(), /view=matrix&from=w1.*at=/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("2");
  await page.waitForSelector(".node");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("hostile names stay inert", async () => {
  const file = hostilePage(folder);
  for (const view of ["graph", "matrix", "list", "policies"]) {
    const { page, complaints } = await open(file, `#view=${view}`);
    await settled(page);
    await page.waitForTimeout(400);
    if (view === "policies") {
      await page.click("tbody tr:nth-child(2) button");
      await page.waitForSelector(".editor .cm-content");
    }
    assert.deepEqual([await violations(page), complaints], [[], []], view);
    assert.equal(
      await page.evaluate("document.querySelectorAll('img, iframe, object').length + document.scripts.length - 3"),
      0,
    );
    assert.equal(
      await page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
      true,
      `${view} fits its window`,
    );
    await page.close();
  }
});

/** A page as the command writes it. */
function written(name: string, args: readonly string[], cwd: string): string {
  const { stdout, stderr } = meshfence([...args, "--format", "html"], { cwd });
  const file = path.join(folder, name);
  assert.match(stdout, /^<!doctype html>/, stderr);
  writeFileSync(file, stdout);
  return file;
}

test("matches the pictures of README: the plan of the sandbox, and why an edge opens", async () => {
  const viewport = { width: 1180, height: 640 };
  const plan = written("plan.html", ["plan"], root);
  for (const colorScheme of ["light", "dark"] as const) {
    const { page, complaints } = await open(plan, "", { colorScheme, viewport });
    await settled(page);
    await page.waitForSelector("a.arrow");
    await page.screenshot({ path: path.join(readme, `page-${colorScheme}.png`) });
    assert.deepEqual(complaints, []);
    await page.close();
  }
  const shop = path.join(root, "tests", "docs", "fixtures");
  const change = written("change.html", ["diff", "before", "after"], shop);
  const { page, complaints } = await open(change, "", { viewport: { ...viewport, height: 760 } });
  await page.click(".row.opened");
  await page.waitForSelector(".proposal .patch");
  await page.screenshot({ path: path.join(readme, "page-why.png") });
  assert.deepEqual(complaints, []);
  await page.close();
});

test("recorded traffic in the graph is distinguishable without colours, and toggles by keyboard", async () => {
  const { page, complaints } = await open(trafficPage(folder), "#view=graph");
  await settled(page);
  await page.waitForSelector("a.arrow.used");
  const signs = (mark: string) => page.locator(`a.arrow.${mark} .mark`).allTextContents();
  assert.match((await signs("used"))[0] ?? "", /^●/);
  assert.match((await signs("unused"))[0] ?? "", /^◌/);
  assert.match((await signs("wanted"))[0] ?? "", /^✗ \S/);
  const dashes = await page.evaluate<string[]>(
    `["used", "unused", "wanted"].map((mark) => getComputedStyle(document.querySelector("a.arrow." + mark + " .stroke")).strokeDasharray)`,
  );
  assert.equal(new Set(dashes).size, 3, dashes.join(" | "));
  assert.match(
    (await page.locator("a.arrow.wanted").first().getAttribute("aria-label")) ?? "",
    /denied and wanted: \S/,
  );
  assert.deepEqual([await violations(page), complaints], [[], []]);
  await page.screenshot({ path: path.join(pictures, "traffic.png") });
  await page.locator(".chip.wanted input").uncheck();
  await page.waitForSelector("a.arrow.wanted", { state: "detached" });
  const toggle = page.getByRole("button", { name: "Traffic" });
  await toggle.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("a.arrow.used", { state: "detached" });
  assert.match(page.url(), /hide=wanted.*traffic=0|traffic=0.*hide=wanted/);
  await page.close();
});

test("a link restores view, side, filters and selection", async () => {
  const file = pageOfSize(folder, 30, 7);
  const at = encodeURIComponent(JSON.stringify({ kind: "edge", from: "w3", to: "w19", proto: "TCP", port: 8080 }));
  const fragment = `#view=list&from=w3&to=w1&port=8080&side=0&hide=denied&at=${at}`;
  for (const view of ["changes", "graph", "matrix", "list", "policies"]) {
    const { page, complaints } = await open(file, fragment.replace("list", view));
    await page.waitForSelector(".sentence");
    const said = await page.evaluate<unknown>(`({
      view: document.querySelector("[role=tab][aria-selected=true]").textContent,
      side: document.querySelector(".switch .on").textContent,
      filters: [...document.querySelectorAll(".filters input[type=search]")].map((input) => input.value),
      shown: [...document.querySelectorAll(".filters .chip input")].map((input) => input.checked),
      sentence: document.querySelector(".sentence").textContent,
    })`);
    const { sentence, ...rest } = said as { sentence: string };
    assert.match(sentence, /w3 → w19 TCP 8080 is allowed/, "before the change it passes");
    const hasFilters = view !== "policies";
    assert.deepEqual(rest, {
      view: view.charAt(0).toUpperCase() + view.slice(1),
      side: "Before",
      filters: hasFilters ? ["w3", "w1", "8080", ""] : [],
      shown: hasFilters ? [true, false, true, false] : [],
    });
    assert.deepEqual(complaints, []);
    await page.close();
  }
});

test("prints everything: light, without screen controls, and with every line", async () => {
  const { page } = await open(pageOfSize(folder, 30, 7), "#view=matrix", { colorScheme: "dark" });
  await settled(page);
  await page.waitForSelector(".cell.allowed, .cell.some");
  await page.emulateMedia({ media: "print" });
  const printed = await page.evaluate<Record<string, unknown>>(`({
    rows: document.querySelectorAll(".line").length,
    bar: getComputedStyle(document.querySelector(".bar")).display,
    scheme: getComputedStyle(document.documentElement).colorScheme,
    matrix: getComputedStyle(document.querySelector(".matrix")).overflow,
  })`);
  assert.deepEqual(printed, { rows: 32, bar: "none", scheme: "light", matrix: "visible" });
  const sheets = await page.pdf({ path: path.join(folder, "matrix.pdf"), format: "A4" });
  assert.equal(sheets.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length, 1, "fits on a sheet");
  await page.close();
});

test("a narrow screen shows everything", async () => {
  const file = pageOfSize(folder, 30, 7);
  const options = { viewport: { width: 360, height: 740 } };
  for (const view of ["graph", "matrix", "list", "policies"]) {
    const { page } = await open(file, `#view=${view}`, options);
    await settled(page);
    await page.waitForTimeout(300);
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, view);
    assert.deepEqual(await violations(page), [], view);
    await page.close();
  }
  const { page, complaints } = await open(file, "", options);
  await settled(page);
  await page.click(".row.closed");
  await page.waitForSelector(".sentence");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
  assert.deepEqual([await violations(page), complaints], [[], []]);
  await page.screenshot({ path: path.join(pictures, "narrow.png") });
  await page.close();
});

test("3,000 workloads scroll smoothly, 10,000 load, and the page itself is small", async () => {
  const shell =
    statSync(path.join(__dirname, "..", "..", "dist", "page", "page.js")).size +
    statSync(path.join(__dirname, "..", "..", "dist", "page", "worker.js")).size;
  assert.ok(shell < 1_500_000, `${shell} bytes`);
  const { page, complaints } = await open(pageOfSize(folder, 3000), "#view=matrix");
  await page.waitForSelector(".matrix .rowhead");
  // As text, because functions that the tests' loader compiles are not self-contained.
  const frames = () =>
    page.evaluate<number[]>(`(async () => {
    const box = document.querySelector(".matrix");
    const times = [];
    let last = performance.now();
    for (let step = 0; step < 60; step++) {
      box.scrollTop += 97;
      box.scrollLeft += 61;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    times.sort((a, b) => a - b);
    return [times[Math.floor(times.length * 0.5)], times[Math.floor(times.length * 0.9)]];
  })()`);
  // First while the page still counts, then in use.
  const [atOnce = Number.NaN] = await frames();
  assert.ok(atOnce < 250, `at first half of the frames take ${atOnce} ms and more`);
  await page.waitForTimeout(5000);
  const isFast = ([median = Number.NaN, late = Number.NaN]: number[]) => median < 34 && late < 100;
  const inUse = await bestOf(5, frames, isFast);
  assert.ok(isFast(inUse), `half of the frames, and a tenth, take ${inUse.join(" and ")} ms and more`);
  assert.deepEqual(complaints, []);
  await page.close();
  const big = pageOfSize(folder, 10_000);
  const opens = async () => {
    const start = performance.now();
    const opened = await open(big);
    await opened.page.waitForSelector(".matrix .rowhead");
    const took = performance.now() - start;
    await opened.page.close();
    return took;
  };
  const took = await bestOf(3, opens, (time) => time < 5000);
  assert.ok(took < 5000, `${Math.round(took)} ms`);
});
