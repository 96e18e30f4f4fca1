import type { TrialResult } from '@/lib/contract/own-checks';
import { observe } from '@/lib/engine/observe';
import { ownCheckOf } from '@/lib/engine/own-checks';
import { readFacts } from '@/lib/instance/facts';
import type { KeyPair } from '@/lib/secrets/key-file';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import type { InstanceRow } from '@/lib/store/instances';
import type { TrialRow } from '@/lib/store/own-checks';
import { askOwnCheck } from '@/workers/collector/own-checks';
import { openInstance } from '@/workers/logins';

const connectTimeoutMs = 8_000;
const rowsShown = 50;
const verdictsShown = 20;

/**
 * Runs a check once as the collector would: the watch login, one read-only transaction, the same statement, the same
 * judgement. What must hold for a while is judged as if it had.
 *
 * @throws PlumblineError when the server cannot be reached.
 */
export async function runTrial(
  db: Store,
  keyPair: KeyPair,
  instance: InstanceRow,
  trial: TrialRow,
  signal: AbortSignal,
): Promise<TrialResult> {
  const check = ownCheckOf(trial.definition);
  const session = await openInstance(db, keyPair, instance.id, 'watch', trial.database ?? undefined, {
    applicationName: 'plumbline trial',
    connectTimeoutMs,
    signal,
  });
  try {
    const facts = await readFacts(session, 5_000);
    const answer = await askOwnCheck(session, check, facts);
    const place = { instanceName: instance.name, database: session.database, durationMs: answer.durationMs };
    if (answer.state !== 'ok') {
      // Whoever tries a check may write any query: the server's own words tell them what is wrong with theirs.
      const { state, mend, reason: sentence, words: reason = sentence } = answer;
      return { ...place, state, reason, mend, rowCount: 0, rows: [], verdicts: [] };
    }
    const cluster = await findCluster(db, instance.cluster_id);
    const seen = observe({
      check: { ...check, judge: (check.judge ?? []).map((judge) => ({ ...judge, forSeconds: 0 })) },
      rows: answer.rows,
      memory: { states: new Map() },
      serverEpoch: answer.serverEpoch,
      steadySeconds: performance.now() / 1000,
      peers: {},
      context: {
        instance: instance.name,
        cluster: cluster?.name ?? '',
        database: check.target === 'database' ? session.database : '',
      },
    });
    return {
      ...place,
      state: 'ok',
      reason: null,
      mend: null,
      rowCount: seen.rows.length,
      rows: seen.rows.slice(0, rowsShown),
      verdicts: seen.verdicts
        .slice(0, verdictsShown)
        .flatMap(({ object, level, sentence }) => (level === 'ok' ? [] : [{ object, level, sentence }])),
    };
  } finally {
    await session.close();
  }
}

/** A trial that could not even ask: why. */
export function brokenTrial(instanceName: string, trial: TrialRow, reason: string): TrialResult {
  return {
    state: 'error',
    reason,
    mend: null,
    durationMs: 0,
    instanceName,
    database: trial.database ?? '',
    rowCount: 0,
    rows: [],
    verdicts: [],
  };
}
