import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A page that is served on loopback. */
export interface PageServer {
  /** Its address. */
  url: string;
  /** Serves another page from now on, and reloads it in open browsers. */
  replace(html: string): void;
  /** Closes the server and every connection to it. */
  close(): Promise<void>;
}

/**
 * Serves one page on loopback. Refuses requests for other host names: otherwise a site open in the browser could point its own name here (DNS rebinding)
 * and read who can talk to whom.
 *
 * @param port 0 picks a free one.
 * @throws Error if the port is taken
 */
export async function servePage(html: string, port = 0): Promise<PageServer> {
  let page = html;
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const status = refusal(request, (server.address() as AddressInfo).port);
    if (status !== undefined) {
      response.writeHead(status.code, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(status.text);
    } else if (request.url === "/events") {
      response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
      response.write("retry: 500\n\n");
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
    } else {
      response.writeHead(200, { ...headers, "Content-Type": "text/html; charset=utf-8" }).end(page);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    replace(next) {
      page = next;
      for (const listener of listeners) listener.write("data: changed\n\n");
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Headers for what the page's own Content-Security-Policy cannot express. */
const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

function refusal(
  { method, url, headers: { host } }: IncomingMessage,
  port: number,
): { code: number; text: string } | undefined {
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)
    return { code: 403, text: "This page is served to 127.0.0.1 and localhost only.\n" };
  if (method !== "GET") return { code: 405, text: "This page is read-only.\n" };
  return url === "/" || url === "/events" ? undefined : { code: 404, text: "There is nothing else here.\n" };
}
