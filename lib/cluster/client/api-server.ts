import http from "node:http";
import https from "node:https";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import { connectionFailure, type Operation, refusal } from "./failure";
import type { KubeConfig } from "./library";
import { pause, within } from "./limit";

/** More than any page of `pageSize` items. */
const maximumBody = 64 * 1024 * 1024;
/** The same for all pages of a list. */
const maximumList = 512 * 1024 * 1024;
const pageSize = 500;
/** How often a request is retried if the API server asks for that; the same as client-go. */
const mostRetries = 10;

interface Request {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  contentType?: string;
  /** How large the answer may be, in bytes. */
  most?: number;
}

/**
 * One API server, in plain JSON. The client library takes care of addresses, credentials and their renewal; its generated models are
 * not used, because recordings are plain JSON, too, with times as text and with fields of newer versions.
 */
export class ApiServer {
  #answered = false;

  constructor(
    readonly config: KubeConfig,
    readonly context: string,
  ) {}

  /** Whether it has ever answered. */
  get answered(): boolean {
    return this.#answered;
  }

  get address(): string {
    return this.config.getCurrentCluster()?.server ?? "the cluster";
  }

  get<T>(path: string, operation: Operation, limit: Limit): Promise<T> {
    return this.request(path, {}, operation, limit);
  }

  /**
   * All items of a list, with the kind and version that a list states only once. Reads pages, or everything at once if the API server
   * has dropped the continuation meanwhile, as client-go does.
   */
  async list<T>(path: string, operation: Operation, limit: Limit): Promise<T[]> {
    try {
      return await this.listInPieces(path, `limit=${pageSize}`, operation, limit);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.kind !== "expired") throw error;
      return this.listInPieces(path, "", operation, limit);
    }
  }

  /** @param query The query of the first page. Without it, the API server returns everything at once. */
  private async listInPieces<T>(path: string, query: string, operation: Operation, limit: Limit): Promise<T[]> {
    const items: T[] = [];
    const seen = new Set<string>();
    let size = 0;
    let next: string | undefined;
    do {
      const from = next === undefined ? "" : `continue=${encodeURIComponent(next)}`;
      const parameters = [query, from].filter(Boolean).join("&");
      const separator = parameters === "" ? "" : path.includes("?") ? "&" : "?";
      const most = query === "" ? maximumList : maximumBody;
      const answer = await this.exchangeJson(`${path}${separator}${parameters}`, {}, operation, limit, most);
      const page = answer.value;
      if (!isPage(page)) throw this.unexpectedAnswer(operation, "answers with something that is not a list of objects");
      const type = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, "") };
      for (const item of page.items ?? []) items.push({ ...type, ...item } as T);
      next = page.metadata?.continue || undefined;
      if (next !== undefined && seen.has(next))
        throw this.unexpectedAnswer(operation, "answers with the same page again");
      if (next !== undefined) seen.add(next);
      size += answer.size;
      if (size > maximumList) throw this.unexpectedAnswer(operation, `answers with more than ${maximumList >> 20} MiB`);
    } while (next !== undefined);
    return items;
  }

  async request<T>(path: string, request: Request, operation: Operation, limit: Limit): Promise<T> {
    const { value } = await this.exchangeJson(path, request, operation, limit);
    if (!isRecord(value)) throw this.unexpectedAnswer(operation, "answers with something that is not an object");
    return value as T;
  }

  private exchangeJson(
    path: string,
    request: Request,
    operation: Operation,
    limit: Limit,
    most = maximumBody,
  ): Promise<{ value: unknown; size: number }> {
    const until = Date.now() + limit.seconds * 1000;
    return within(limit, operation.what, async (signal) => {
      const { status, body } = await this.sendUntil(until, path, { ...request, most }, operation, signal);
      if (status < 200 || status > 299) throw refusal(status, body, operation, this.context);
      try {
        return { value: JSON.parse(body) as unknown, size: body.length };
      } catch (cause) {
        throw this.unexpectedAnswer(operation, "answers with something that is not JSON", cause);
      }
    });
  }

  private unexpectedAnswer({ what }: Operation, words: string, cause?: unknown): ClusterError {
    const cure = "check whether the kubeconfig's address is an API server";
    return new ClusterError("other", `${what}: ${this.address} ${words}`, { cause, cure });
  }

  /**
   * Why an upgrade to a stream was refused. The WebSocket library drops the body of the response; the same request without the upgrade is
   * refused for the same reason, and runs nothing.
   */
  async refusalOf(path: string, operation: Operation, signal: AbortSignal): Promise<ClusterError | undefined> {
    const { status, body } = await this.send(path, {}, operation, signal);
    return status < 400 || body.includes("Upgrade request required")
      ? undefined
      : refusal(status, body, operation, this.context);
  }

  /** Retries a request that the API server is too busy for, after the time that it states, as client-go does: a few times, and only within the limit. */
  private async sendUntil(until: number, path: string, request: Request, operation: Operation, signal: AbortSignal) {
    for (let retry = 0; ; retry++) {
      const answer = await this.send(path, request, operation, signal);
      const wait = askedWait(answer);
      if (wait === undefined || retry === mostRetries || Date.now() + wait > until) return answer;
      await pause(wait, signal);
    }
  }

  private async send(
    path: string,
    { method = "GET", body, contentType = "application/json", most = maximumBody }: Request,
    operation: Operation,
    signal: AbortSignal,
  ) {
    try {
      const options: https.RequestOptions = {};
      await this.config.applyToHTTPSOptions(options);
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...options.headers,
        accept: "application/json",
        "user-agent": "meshfence",
        ...(payload !== undefined && { "content-type": contentType, "content-length": Buffer.byteLength(payload) }),
      };
      const address = new URL(`${this.address.replace(/\/+$/, "")}${path}`);
      const answer = await exchange(address, { ...options, method, headers, signal }, payload, most);
      this.#answered = true;
      return answer;
    } catch (error) {
      throw connectionFailure(error, operation, this.address, this.#answered);
    }
  }
}

interface ListPage {
  apiVersion: string;
  kind: string;
  metadata?: { continue?: string };
  items?: object[] | null;
}

/** Whether a value is a list of objects, each with at least a name. */
function isPage(value: unknown): value is ListPage {
  if (!isRecord(value) || typeof value.kind !== "string" || typeof value.apiVersion !== "string") return false;
  const { metadata = {}, items } = value;
  if (!isRecord(metadata) || !["string", "undefined"].includes(typeof metadata.continue)) return false;
  return items == null || (Array.isArray(items) && items.every(isObject));
}

const isObject = (item: unknown): boolean =>
  isRecord(item) && isRecord(item.metadata) && typeof item.metadata.name === "string";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface Answer {
  status: number;
  body: string;
  retryAfter?: string | undefined;
}

/** The delay before a retry that a response asks for, in milliseconds; undefined without one. */
function askedWait({ status, retryAfter = "" }: Answer): number | undefined {
  const isBusy = status === 429 || (status >= 500 && status <= 599);
  return isBusy && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
}

function exchange(url: URL, options: https.RequestOptions, payload: string | undefined, most: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > most) response.destroy(new Error(`answer of more than ${most} bytes`));
        else chunks.push(chunk);
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString("utf8"),
          retryAfter: response.headers["retry-after"],
        }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(payload);
  });
}
