import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type FakeApiServer, failure, fakeApiServer, json, type StreamSocket } from "../cluster/api-server";
import { recorded } from "../cluster/recordings";
import { temporaryDirectory } from "../plan/fixture";
import { type End, endedEarly } from "../support/ended-early";

interface Stored {
  apiVersion?: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: { [key: string]: string }; [field: string]: unknown };
  [field: string]: unknown;
}

/** A CronJob, so that a pod is created on its behalf. */
const cronJob: Stored = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "report", namespace: "cilium-linkerd" },
  spec: { jobTemplate: { spec: { template: { metadata: { labels: { app: "client" } }, spec: { containers: [] } } } } },
};

/** The recorded sandbox behind an API server that can create namespaces and pods, to interrupt `verify`. */
export class Killed {
  /** The cluster's objects, recorded ones first. */
  readonly objects: Stored[];
  private unanswered = 0;
  private readonly kubeconfig = path.join(temporaryDirectory(), "kubeconfig");

  private constructor() {
    const parts: unknown[] = [...Object.values(recorded("sandbox")).flat(), cronJob];
    const isObject = (one: unknown): one is Stored => typeof one === "object" && one !== null && "metadata" in one;
    this.objects = parts.filter(isObject);
  }

  static async start(): Promise<{ killed: Killed; server: FakeApiServer }> {
    const killed = new Killed();
    const server = await fakeApiServer({
      http: async (request, response) => {
        killed.unanswered++;
        await killed.answer(request, response).finally(() => killed.unanswered--);
      },
      stream: (socket, request) => void exec(socket, request),
    });
    writeFileSync(killed.kubeconfig, server.kubeconfigText);
    return { killed, server };
  }

  /** Options for a short proof. */
  get options(): string[] {
    const options = ["--kubeconfig", this.kubeconfig, "-n", "cilium-linkerd", "--no-outside", "--no-mtls"];
    return [...options, "--timeout", "0.2", "--limit", "8"];
  }

  /**
   * @param when Resolves when to end the run; never, for one that ends by itself.
   * @returns Its exit status and output.
   */
  async run(signal: NodeJS.Signals, when: (over: AbortSignal) => Promise<unknown>, ...args: string[]): Promise<End> {
    const end = await endedEarly(["verify", ...this.options, ...args], {}, signal, when);
    // The API server completes requests even if the client has gone. What was sent before the run ended is read within a turn of the event loop.
    do await wait(60);
    while (this.unanswered > 0);
    return end;
  }

  /** The existing namespaces of verifications. */
  left(): string[] {
    return this.objects
      .filter(({ kind, metadata }) => kind === "Namespace" && metadata.name.startsWith("meshfence-verify-"))
      .map(({ metadata }) => metadata.name);
  }

  /** The existing pods on behalf of Jobs. */
  onBehalf(): string[] {
    return this.objects
      .filter(({ kind, metadata }) => kind === "Pod" && metadata.name.startsWith("meshfence-report-"))
      .map(({ metadata }) => metadata.name);
  }

  async untilOnBehalf(over: AbortSignal): Promise<void> {
    while (!over.aborted && this.onBehalf().length === 0) await wait(5);
  }

  async untilLeft(over: AbortSignal): Promise<void> {
    while (!over.aborted && this.left().length === 0) await wait(5);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = (chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())) as Stored;
    const { pathname, searchParams } = new URL(url, "http://localhost");
    if (pathname.endsWith("/selfsubjectaccessreviews")) return json(response, 201, { status: { allowed: true } });
    const [, group, namespace, resource = "", name] =
      /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)\/(?:namespaces\/([^/]+)\/(?=[^/]))?([^/]+)(?:\/([^/]+))?$/.exec(
        pathname,
      ) ?? [];
    const isOf = (one: Stored) =>
      one.apiVersion === group && `${one.kind.toLowerCase().replace(/y$/, "ie")}s` === resource;
    const [label, value] = searchParams.get("labelSelector")?.split("=") ?? [];
    const isWanted = ({ metadata }: Stored) =>
      (!namespace || metadata.namespace === namespace) && (!label || metadata.labels?.[label] === value);
    const found = this.objects.filter((one) => isOf(one) && isWanted(one));
    if (method === "POST") {
      await wait(20);
      return json(response, 201, this.make(body, namespace));
    }
    if (name === undefined) return json(response, 200, { apiVersion: group, kind: "List", items: found });
    const one = found.find(({ metadata }) => metadata.name === name);
    if (one === undefined) return json(response, 404, failure(404, `${resource} "${name}" not found`));
    if (method === "DELETE") {
      const isOwner = ({ uid }: { uid?: string }) => uid === one.metadata.uid;
      // Garbage-collect what it owns, in any namespace.
      const goes = ({ metadata }: Stored) =>
        metadata.namespace === name ||
        (metadata.name === name && !namespace) ||
        (metadata.ownerReferences as { uid?: string }[] | undefined)?.some(isOwner) === true;
      for (const gone of this.objects.filter(goes)) this.objects.splice(this.objects.indexOf(gone), 1);
    }
    json(response, 200, one);
  }

  private make(body: Stored, namespace: string | undefined): Stored {
    const creationTimestamp = new Date().toISOString();
    const number = this.objects.length;
    const made = {
      ...body,
      metadata: { ...body.metadata, ...(namespace && { namespace }), uid: `uid-${number}`, creationTimestamp },
      ...(body.kind === "Pod" && {
        spec: { ...(body.spec as object), nodeName: "meshfence-control-plane" },
        status: {
          phase: "Running",
          podIP: `10.244.9.${number % 250}`,
          containerStatuses: [{ name: "control", ready: true, state: { running: {} } }],
        },
      }),
    };
    // Garbage-collect it at once if its owner has gone.
    const owners = (body.metadata.ownerReferences as { uid?: string }[] | undefined) ?? [];
    const isOwned = owners.every(({ uid }) => this.objects.some(({ metadata }) => metadata.uid === uid));
    if (isOwned) this.objects.push(made);
    return made;
  }
}

/** Answers curl, lets the watcher of drops watch, and answers other commands with empty output. */
async function exec(socket: StreamSocket, { url = "" }: IncomingMessage): Promise<void> {
  await wait(20);
  if (url.includes("command=curl"))
    socket.send(1, "HTTP/1.1 200 OK\r\n\r\nstatus=200 connect=0.001 total=0.002 exit=0\n");
  const end = () => {
    socket.send(3, JSON.stringify({ status: "Success" }));
    socket.close();
  };
  if (!url.includes("command=timeout")) return end();
  socket.onHeard(end);
  socket.send(1, "meshfence: watching\n");
}
