import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** The world as a command sees it; tests bring their own. */
export interface Io {
  env: Record<string, string | undefined>;
  out(text: string): void;
  error(text: string): void;
  /** True when a person can be asked. */
  interactive: boolean;
  /** Asks on the terminal; `secret` shows nothing of what is typed. */
  ask(question: string, secret?: boolean): Promise<string>;
  readStdin(): Promise<string>;
}

export function processIo(): Io {
  return {
    env: process.env,
    out: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    ask: askOnTerminal,
    readStdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

function askOnTerminal(question: string, secret = false): Promise<string> {
  // Questions go to standard error: standard output holds data only.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const asked = createInterface({
    input: process.stdin,
    output: secret ? silent : process.stderr,
    terminal: true,
  });
  return new Promise((resolve) => {
    asked.question('', (answer) => {
      asked.close();
      if (secret) process.stderr.write('\n');
      resolve(answer);
    });
  });
}
