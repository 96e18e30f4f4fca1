import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { CheckRow } from '@/lib/engine/define-check';
import { clientRow, type PoolerAnswers, poolRows, trafficRows } from '@/lib/engine/pooler';
import { askPooler } from '@/lib/instance/pooler';
import type { CheckSurroundings } from '@/lib/instance/run-check';
import { open } from '@/lib/secrets/open';
import { poolersToAsk, type SealedPooler } from '@/lib/store/poolers';
import type { Source, SourceDeps } from '@/workers/collector/sources/source';

const askTimeoutMs = 4_000;
/** The checks of one round share one look. */
const sharedForMs = 3_000;

type Look = { answers: PoolerAnswers } | { unreachable: string };

const shared = new Map<string, { at: number; look: Promise<Look> }>();

/** The next look is a new one: for tests, which change a pool faster than a round. */
export function forgetSharedPoolers(): void {
  shared.clear();
}

function lookAt(deps: SourceDeps, pooler: SealedPooler): Promise<Look> {
  const now = performance.now();
  for (const [id, { at }] of shared) if (now - at > sharedForMs) shared.delete(id);
  const known = shared.get(pooler.id) ?? { at: now, look: ask(deps, pooler) };
  shared.set(pooler.id, known);
  return known.look;
}

/** A PgBouncer that cannot be asked is a row that says why; it does not hide what the others tell. */
async function ask({ keyPair }: SourceDeps, pooler: SealedPooler): Promise<Look> {
  const { id, host, port, tls_mode: tlsMode, tls_ca: tlsCa, username: user, key_id: keyId } = pooler;
  try {
    const place = { keyId, instanceId: id, purpose: 'watch' as const, host, port, tlsMode, tlsCa, user };
    const { password } = await open(keyPair, pooler.sealed, place);
    const answers = await askPooler(
      {
        host,
        port,
        tlsMode,
        tlsCa,
        user,
        password,
        applicationName: 'plumbline',
        connectTimeoutMs: askTimeoutMs,
      },
      ['pools', 'stats', 'databases', 'config'],
    );
    return { answers };
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return { unreachable: messageOf(error).replace(/[.]$/, '') };
  }
}

/** Connections that ordinary users may have on the server itself. */
function usableConnections({ settings }: CheckSurroundings): number | undefined {
  const most = Number(settings.max_connections);
  if (!Number.isFinite(most)) return undefined;
  const reserved =
    Number(settings.superuser_reserved_connections ?? 0) + Number(settings.reserved_connections ?? 0);
  return Math.max(1, most - reserved);
}

const mend =
  'PgBouncer must answer at its address, and the user must stand in stats_users (or admin_users) of pgbouncer.ini with the password that was entered here.';

type RowsOf = (name: string, answers: PoolerAnswers, usable: number | undefined) => CheckRow[];

/** `silent` gives the row of a PgBouncer that cannot be asked; without it nothing is known when none answers. */
function poolerSource(
  rowsOf: RowsOf,
  silent?: (name: string, reason: string) => CheckRow,
): (deps?: SourceDeps) => Source {
  return (deps) => ({
    collect: async ({ instanceId, surroundings }) => {
      const started = performance.now();
      const poolers = deps ? await poolersToAsk(deps.db, instanceId) : [];
      const rows: CheckRow[] = [];
      const silentOnes: string[] = [];
      for (const pooler of poolers) {
        if (!deps) break;
        const look = await lookAt(deps, pooler);
        if ('answers' in look)
          rows.push(...rowsOf(pooler.name, look.answers, usableConnections(surroundings)));
        else {
          silentOnes.push(`${pooler.name}: ${look.unreachable}`);
          if (silent) rows.push(silent(pooler.name, look.unreachable));
        }
      }
      const durationMs = performance.now() - started;
      if (!silent && silentOnes.length > 0 && silentOnes.length === poolers.length)
        return { answer: { state: 'unknown', reason: `${silentOnes.join('; ')}.`, mend, durationMs } };
      return { answer: { state: 'ok', rows, serverEpoch: Date.now() / 1000, durationMs } };
    },
  });
}

/** SHOW POOLS: one row per pool. */
export const makePoolsSource = poolerSource(poolRows);
/** One row per PgBouncer, also when it cannot be asked. */
export const makePoolersSource = poolerSource(
  (name, answers) => [clientRow(name, answers)],
  (pooler, unreachable) => ({ pooler, unreachable }),
);
/** SHOW STATS: one row per database behind it. */
export const makePoolerTrafficSource = poolerSource(trafficRows);
