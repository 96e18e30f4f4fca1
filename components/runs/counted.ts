/** `one blocker`, `3 blockers`. */
export function counted(count: number, word: string): string {
  return count === 1 ? `one ${word}` : `${count} ${word}s`;
}
