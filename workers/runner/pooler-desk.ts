import { PlumblineError } from '@/lib/base/errors';
import type { PoolerCommands } from '@/lib/engine/define-job';
import { type ConnectOptions, connectInstance } from '@/lib/instance/connect';
import { askPooler, tellPooler } from '@/lib/instance/pooler';

/** Where a PgBouncer is and with which login it is asked, the secret opened. */
export type PoolerLogin = Pick<ConnectOptions, 'host' | 'port' | 'tlsMode' | 'tlsCa' | 'user' | 'password'>;

const askTimeoutMs = 5_000;
/** PAUSE waits for transactions that run; longer than this nobody should be kept waiting for it. */
const tellTimeoutMs = 10_000;

/** What a kind may ask and tell the PgBouncers of its target. */
export function poolerDesk(of: {
  list: PoolerCommands['list'];
  login(id: string): Promise<PoolerLogin | undefined>;
  applicationName: string;
  signal: AbortSignal;
}): PoolerCommands {
  const { applicationName, signal } = of;
  const login = async (id: string) => {
    const found = await of.login(id);
    if (!found) {
      throw new PlumblineError('not-found', 'This PgBouncer is not attached any more.', {
        next: 'Attach it on the page of its server, then plan again.',
      });
    }
    return { ...found, applicationName, signal };
  };
  return {
    list: of.list,
    show: async (id, what) => {
      const answers = await askPooler({ ...(await login(id)), connectTimeoutMs: askTimeoutMs }, [what]);
      return answers[what];
    },
    connect: async (id, database) =>
      connectInstance({ ...(await login(id)), database, connectTimeoutMs: askTimeoutMs }),
    tell: async (id, command) =>
      tellPooler({ ...(await login(id)), connectTimeoutMs: tellTimeoutMs }, command),
  };
}
