/** The colour of a line by its place. After eight they repeat, with dashes. */
export function lineColour(index: number): string {
  return `var(--series-${(index % 8) + 1})`;
}

export function lineDash(index: number): string | undefined {
  return index < 8 ? undefined : '4 3';
}
