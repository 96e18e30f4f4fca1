import { openStore } from '@/lib/store/db';

const retryMs = 500;
const aliveEveryMs = 10_000;

/**
 * Listens on channels of our database by one connection of its own, and connects again when that breaks.
 * What was sent while it was away is lost: `onReconnect` is called after each connect (the first too), so that the
 * caller looks at the tables.
 */
export function listen(
  url: string,
  channels: readonly string[],
  onMessage: (channel: string, payload: string) => void,
  onReconnect: () => void = () => undefined,
): { stop(): Promise<void> } {
  const { pool } = openStore(url, { applicationName: 'plumbline-listen', max: 1 });
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let drop: (() => void) | undefined;

  const again = () => {
    if (stopped) return;
    timer = setTimeout(() => void connect(), retryMs);
  };

  const connect = async () => {
    try {
      const client = await pool.connect();
      let released = false;
      const lost = () => {
        if (released) return;
        released = true;
        clearInterval(alive);
        client.release(true);
        drop = undefined;
        again();
      };
      // A peer that vanished without a word is noticed by asking; the answer is bounded like any call out.
      const alive = setInterval(() => {
        const late = setTimeout(lost, aliveEveryMs / 2);
        client.query('select 1').then(
          () => clearTimeout(late),
          () => {
            clearTimeout(late);
            lost();
          },
        );
      }, aliveEveryMs);
      drop = lost;
      client.on('notification', (message) => onMessage(message.channel, message.payload ?? ''));
      client.on('error', lost);
      client.on('end', lost);
      try {
        for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
      } catch {
        lost();
        return;
      }
      if (stopped) lost();
      else onReconnect();
    } catch {
      again();
    }
  };

  void connect();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      drop?.();
      await pool.end();
    },
  };
}
