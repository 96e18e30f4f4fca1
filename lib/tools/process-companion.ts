import { spawn } from 'node:child_process';
import { PlumblineError } from '@/lib/base/errors';

/** A process of ours that listens on its standard input and notices by its end that we are gone. */
export interface Companion {
  pid: number;
  /** Sends one JSON line. Nothing is thrown when it is gone: `onExit` tells. */
  tell(message: object): void;
  /** Closes the pipe; it does its last work and ends. */
  end(): void;
}

/**
 * Starts a companion in a session of its own, so that signals to our group miss it. It gets none of our environment
 * and does not keep us running.
 */
export function startCompanion(argv: [string, ...string[]], onExit: () => void): Companion {
  const child = spawn(argv[0], argv.slice(1), {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH ?? '' } as unknown as NodeJS.ProcessEnv,
  });
  const pipe = child.stdin;
  if (!pipe) throw new PlumblineError('tool-failed', `${argv[0]} could not be started.`);
  child.once('error', onExit);
  child.once('exit', onExit);
  child.unref();
  pipe.on('error', () => undefined);
  (pipe as unknown as { unref?: () => void }).unref?.();
  return {
    pid: child.pid ?? 0,
    tell: (message) => void pipe.write(`${JSON.stringify(message)}\n`),
    end: () => void pipe.end(),
  };
}
