/** Collects what to undo at the end of a run, however it ends. */
export class Cleanup {
  private readonly steps: { what: string; undo: () => Promise<void> }[] = [];

  /** @param what What is undone, for people: `namespace meshfence-verify-1a2b`. */
  add(what: string, undo: () => Promise<void>): void {
    this.steps.push({ what, undo });
  }

  /**
   * Undoes everything in reverse order. A step that fails does not stop the others.
   * @returns What could not be undone, with the reason.
   */
  async run(): Promise<string[]> {
    const left: string[] = [];
    for (const { what, undo } of this.steps.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return left;
  }
}
