import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PlumblineError } from '@/lib/base/errors';

export interface StartOptions {
  demo: boolean;
  host: string;
  port: number;
  stateDirectory: string;
  /** Address of a console database of one's own, as its owner. */
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
}

export const startHelp = `npm start -- [options]

  --no-demo        leave the demo fleet out
  --state DIR      keep databases, keys and backups here (default: /var/lib/plumbline as root,
                   else $XDG_STATE_HOME/plumbline or ~/.local/state/plumbline)
  --host HOST      address that the page listens on (default 127.0.0.1)
  --port PORT      port of the page (default 3000)
  --help           this text

  DATABASE_URL     a console database of your own, as its owner
  REDIS_URL        a Redis of your own`;

function defaultStateDirectory(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/plumbline';
  return path.join(env.XDG_STATE_HOME || path.join(homedir(), '.local/state'), 'plumbline');
}

/**
 * Reads the command line and the environment. Undefined when only help was asked for. Fails with `bad-input` on an
 * unknown option, a port that is none, or a state folder inside the product's own.
 */
export function readStartOptions(
  args: string[],
  root: string,
  env: NodeJS.ProcessEnv = process.env,
): StartOptions | undefined {
  let values: { 'no-demo'?: boolean; state?: string; host?: string; port?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        'no-demo': { type: 'boolean' },
        state: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean' },
      },
    }));
  } catch (cause) {
    throw new PlumblineError('bad-input', (cause as Error).message, { next: startHelp });
  }
  if (values.help) return undefined;
  const port = Number(values.port ?? env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new PlumblineError('bad-input', `${values.port ?? env.PORT} is not a port.`);
  }
  const stateDirectory = path.resolve(values.state ?? defaultStateDirectory(env));
  if (`${stateDirectory}/`.startsWith(`${path.resolve(root)}/`)) {
    throw new PlumblineError(
      'bad-input',
      `The state folder ${stateDirectory} is inside the product’s own folder.`,
      {
        next: 'Databases and keys must survive a new clone: choose a folder outside.',
      },
    );
  }
  return {
    demo: !values['no-demo'],
    host: values.host ?? '127.0.0.1',
    port,
    stateDirectory,
    databaseUrl: env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
  };
}
