/** What the bootstrap hands to the program that it starts. */
export interface LaunchContext {
  /** Number of the first step that is ours; the ones before were the bootstrap's. */
  firstStep: number;
  /** 0 when steps are not numbered. */
  totalSteps: number;
  /** Folder of the product. */
  root: string;
  /** Calls back once when the process that started us has ended; returns the way to stop looking. */
  watchParent(onEnd: () => void): () => void;
}

/** Steps as a person reads them in a terminal: `3/9 Programs`, then a line per thing worth knowing. */
export interface Progress {
  step(title: string): void;
  note(text: string): void;
}

export function createProgress(
  context: LaunchContext,
  write = (text: string) => process.stdout.write(text),
): Progress {
  let number = context.firstStep;
  return {
    step: (title) => {
      write(context.totalSteps ? `${number}/${context.totalSteps} ${title}\n` : `${title}\n`);
      number += 1;
    },
    note: (text) => {
      write(`    ${text}\n`);
    },
  };
}

/** A calm box around a few lines. */
export function box(lines: string[]): string {
  const width = Math.max(...lines.map((line) => line.length));
  const edge = '─'.repeat(width + 4);
  const rows = lines.map((line) => `│  ${line.padEnd(width)}  │`);
  return [`┌${edge}┐`, ...rows, `└${edge}┘`, ''].join('\n');
}
