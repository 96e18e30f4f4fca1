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
  /** A dump of a console to come back from. */
  from: string | undefined;
  /** Sets a console that is there aside under another name. */
  replace: boolean;
  /** The key file that fits the dump; the one of the state folder unless given. */
  keyFile: string | undefined;
  withoutKey: boolean;
  /** Where the console's database is dumped to each night. */
  dumpsDirectory: string;
}

function defaultStateDirectory(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/plumbline';
  return path.join(env.XDG_STATE_HOME || path.join(homedir(), '.local/state'), 'plumbline');
}

/**
 * Reads the command line and the environment. Fails with `bad-input` on an unknown option, a port that is none, or a
 * state folder inside the product's own.
 */
export function readStartOptions(
  args: string[],
  root: string,
  env: NodeJS.ProcessEnv = process.env,
): StartOptions {
  let values: {
    'no-demo'?: boolean;
    state?: string;
    host?: string;
    port?: string;
    from?: string;
    replace?: boolean;
    key?: string;
    'without-key'?: boolean;
  };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        'no-demo': { type: 'boolean' },
        state: { type: 'string' },
        host: { type: 'string' },
        port: { type: 'string' },
        from: { type: 'string' },
        replace: { type: 'boolean' },
        key: { type: 'string' },
        'without-key': { type: 'boolean' },
      },
    }));
  } catch (cause) {
    throw new PlumblineError('bad-input', (cause as Error).message, {
      next: 'npm start -- --help shows what can be given.',
    });
  }
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
  if (!values.from && (values.replace || values.key || values['without-key'])) {
    throw new PlumblineError('bad-input', '--replace, --key and --without-key belong to --from DUMP.');
  }
  if (values.key && values['without-key']) {
    throw new PlumblineError('bad-input', 'Give --key or --without-key, not both.');
  }
  return {
    demo: !values['no-demo'],
    host: values.host ?? '127.0.0.1',
    port,
    stateDirectory,
    databaseUrl: env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
    from: values.from && path.resolve(values.from),
    replace: values.replace ?? false,
    keyFile: values.key && path.resolve(values.key),
    withoutKey: values['without-key'] ?? false,
    // Beside the state folder, not in it: who loses the one should still have the other.
    dumpsDirectory: path.resolve(env.PLUMBLINE_CONSOLE_DUMPS || `${stateDirectory}-dumps`),
  };
}
