/** An error that ends the run, as it would end the real engine's. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    message: string,
    /** The resource that it concerns. */
    readonly urn?: string,
  ) {
    super(message);
  }
}

/** The answer to calls once the run is ending. */
export class Cancelled extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(details);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
