/** Runs steps one after the other, says how each ended and how long it took, and runs none after one that failed. */
export class Steps {
  private failed: string | undefined;

  constructor(private readonly write: (line: string) => void) {}

  get allPassed(): boolean {
    return this.failed === undefined;
  }

  readonly step = async (claim: string, prove: () => Promise<void> | void): Promise<void> => {
    if (this.failed !== undefined) {
      this.write(`- not run: ${claim}`);
      return;
    }
    const since = Date.now();
    const seconds = () => `${Math.round((Date.now() - since) / 1000)} s`;
    try {
      await prove();
      this.write(`✓ ${claim} (${seconds()})`);
    } catch (error) {
      this.failed = claim;
      this.write(`✗ ${claim} (${seconds()})\n${error instanceof Error ? error.message : String(error)}`);
    }
  };
}
