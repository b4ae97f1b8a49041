import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { PageData } from "../../page/data";

export interface PageOptions {
  /** The page is served, and the server announces newer versions. */
  live?: boolean;
}

/**
 * One self-contained file that opens from disk, loads nothing and sends nothing. Its content security policy only allows the code that `npm run
 * build` made, so that names in manifests stay inert.
 */
export function pageHtml(data: PageData, { live = false }: PageOptions = {}): string {
  const [script, style, worker] = [asset("page.js"), asset("page.css"), asset("worker.js")];
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    // The worker is made of the text in this file.
    "worker-src blob:",
    `connect-src ${live ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return [
    "<!doctype html>",
    `<html lang="en"${live ? ' data-live="1"' : ""}>`,
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(`${data.title} · meshfence`)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    '<div id="meshfence"><noscript>This page computes who can talk to whom in the browser, which needs JavaScript.</noscript></div>',
    `<script type="application/json" id="meshfence-data">${inScript(JSON.stringify(data))}</script>`,
    `<script type="text/plain" id="meshfence-worker">${worker}</script>`,
    `<script>${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** Escapes JSON so that no HTML parser finds an end tag, a comment or a script in it. */
export function inScript(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const hashOf = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** A file of lib/page's bundle, with closing tags escaped, which would end it early in the page. */
function asset(name: string): string {
  const text = readFileSync(path.join(root(), "dist", "page", name), "utf8");
  return name.endsWith(".js") ? text.replaceAll(/<(?=\/script|!--)/gi, "\\x3c") : text;
}

/** The package's folder, both from `dist/report/page` and from `lib/report/page`. */
const root = () => path.join(__dirname, "..", "..", "..");
