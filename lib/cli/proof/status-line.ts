/** One line at the bottom of a terminal that shows progress. Elsewhere, each step is printed once. */
export class StatusLine {
  private shown = "";

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(line: string): void {
    if (line === this.shown) return;
    if (this.stream.isTTY) {
      this.stream.write(`\r\u001b[K${line.slice(0, (this.stream.columns ?? 80) - 1)}`);
      this.shown = line;
    } else if (kindOf(line) !== kindOf(this.shown)) {
      this.stream.write(`${line}\n`);
      this.shown = line;
    }
  }

  /** Makes room for what is printed next. */
  clear(): void {
    if (this.shown !== "" && this.stream.isTTY) this.stream.write("\r\u001b[K");
    this.shown = "";
  }
}

/** `Probing: 3 of 20` is the same step as `Probing: 2 of 20`. */
function kindOf(line: string): string {
  return line.replace(/:.*/, "");
}
