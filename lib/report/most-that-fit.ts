/**
 * Renders as many rows as fit into `limit` characters, dropping rows from the end.
 *
 * @param render Renders the first `count` rows; each additional row must make the text longer.
 */
export function mostThatFit(rows: number, limit: number, render: (count: number) => string): string {
  let [fits, tooMany] = [0, rows + 1];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (render(middle).length <= limit) fits = middle;
    else tooMany = middle;
  }
  return render(fits);
}
