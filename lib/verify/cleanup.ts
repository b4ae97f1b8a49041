/** What has to be undone in the end, however it comes. */
export class Cleanup {
  private readonly steps: { what: string; undo: () => Promise<void> }[] = [];

  /** @param what for people: `namespace meshfence-verify-1a2b` */
  add(what: string, undo: () => Promise<void>): void {
    this.steps.push({ what, undo });
  }

  /**
   * Undoes everything, last things first. What fails keeps nothing else from being undone.
   * @returns what is left, with the reason
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
