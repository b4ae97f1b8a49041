/**
 * The text with as many rows as stay within `limit`, in their order, so that the first are the last to go. With every row more the text
 * has to get longer.
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
