import { type ConnectOptions, openWire } from '@/lib/instance/connect';
import { statementError } from '@/lib/instance/instance-error';

/** What a PgBouncer's console answered: rows with every value as text, null where there is none. */
export type PoolerRows = Record<string, string | null>[];

/** A console's answers are small; more than this is not one. */
const maxAnswerBytes = 4 * 1024 * 1024;
const asText = (text: string) => text;

/**
 * Asks the admin console of a PgBouncer (pgbouncer.org, "Admin console"; database `pgbouncer`) some SHOW statements, one
 * after the other, and closes. The console knows the simple query protocol only. Its user must be in `stats_users` or
 * `admin_users`. Everything together, from the first packet on, takes at most `connectTimeoutMs`.
 *
 * @throws InstanceError as `connectInstance` does; `statement` when the console refuses a SHOW.
 */
export async function askPooler<const S extends readonly string[]>(
  options: Omit<ConnectOptions, 'database'>,
  shows: S,
): Promise<Record<S[number], PoolerRows>> {
  return openWire({ ...options, database: 'pgbouncer', maxAnswerBytes }, async ({ client, wire }) => {
    try {
      const answers: Partial<Record<string, PoolerRows>> = {};
      for (const show of shows) {
        wire.allow(maxAnswerBytes, () => {});
        const { rows } = await client.query<Record<string, string | null>>({
          text: `show ${show}`,
          types: { getTypeParser: () => asText },
        });
        answers[show] = rows;
      }
      return answers as Record<S[number], PoolerRows>;
    } catch (error) {
      throw statementError(error);
    } finally {
      await client.end().catch(() => {});
    }
  });
}

/** What an operator may tell a PgBouncer; its user must be in `admin_users`. PAUSE waits until transactions have ended. */
export type PoolerCommand = 'reload' | 'pause' | 'resume';

/**
 * Tells a PgBouncer one of these, within `connectTimeoutMs`.
 *
 * @throws InstanceError as `connectInstance` does; `statement` when the console refuses it.
 */
export async function tellPooler(
  options: Omit<ConnectOptions, 'database'>,
  command: PoolerCommand,
): Promise<void> {
  await openWire({ ...options, database: 'pgbouncer', maxAnswerBytes }, async ({ client, wire }) => {
    try {
      wire.allow(maxAnswerBytes, () => {});
      await client.query(command);
    } catch (error) {
      throw statementError(error);
    } finally {
      await client.end().catch(() => {});
    }
  });
}
