import { clipped, printable } from "../../common/printable";
import type { AccessRule } from "../access";
import { ClusterError } from "../error";

/** A request to the API server, for error messages. */
export interface Operation {
  /** `the pods of namespace shop` */
  what: string;
  /** The permission that it needs. */
  rule: AccessRule;
}

/** An error response of the API server. */
export function refusal(status: number, body: string, { what, rule }: Operation, context: string): ClusterError {
  const message = clipped(printable(statusMessage(body) ?? `HTTP ${status}`), 500);
  switch (status) {
    case 401:
      return new ClusterError(
        "forbidden",
        `${what}: the API server of context ${context} does not accept the credentials`,
        {
          cure: "log in again; the kubeconfig's user may have expired",
        },
      );
    case 403:
      return new ClusterError("forbidden", `${what}: ${message}`, { rule });
    case 404:
      return new ClusterError("absent", `${what}: ${message}`);
    case 410:
      return new ClusterError("expired", `${what}: ${message}`, { cure: "try again" });
    case 429:
      return new ClusterError("other", `${what}: ${message}`, {
        cure: "the API server has too much to do; try again later",
      });
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return new ClusterError("other", `${what}: HTTP ${status}, which leads to another address and is not followed`, {
        cure: "check whether the kubeconfig's address is the API server's own",
      });
    default:
      return new ClusterError("other", `${what}: ${message}`);
  }
}

/** A connection that failed. A cluster that has answered before was lost; otherwise it was not reached. */
export function connectionFailure(
  error: unknown,
  { what }: Operation,
  server: string,
  answered: boolean,
): ClusterError {
  if (error instanceof ClusterError) return error;
  const reason = reasonOf(error);
  if (answered && !isCertificateFailure(error)) {
    return new ClusterError("gone", `${what}: the connection to ${server} was lost (${reason})`, {
      cause: error,
      cure: "check whether the cluster still runs, and try again",
    });
  }
  return new ClusterError("unreachable", `${what}: cannot connect to ${server} (${reason})`, {
    cause: error,
    cure: isCertificateFailure(error)
      ? "the API server's certificate is not the one that the kubeconfig expects; get a new kubeconfig"
      : "check whether the cluster runs, and whether the kubeconfig is the current one",
  });
}

/** The `message` of a Status, which is what kubectl prints. */
export function statusMessage(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" && message !== "" ? message : undefined;
  } catch {
    return body.trim().split("\n", 1)[0]?.slice(0, 200) || undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tries every address of a name and collects the errors; the message of the AggregateError is empty.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}

const isCertificateFailure = (error: unknown) =>
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test((error as NodeJS.ErrnoException)?.code ?? "");
