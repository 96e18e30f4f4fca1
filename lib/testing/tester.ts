import { Client } from 'pg';
import { log } from '@/lib/base/server/log';
import { testInstance } from '@/lib/commands/instance-state';
import type { TestResult } from '@/lib/contract/instances';
import { findTest } from '@/lib/store/instance-tests';
import { createNotifier } from '@/lib/store/notify';
import { meta, type TestConsole, testConsole } from '@/lib/testing/console';
import type { ConsoleDatabase } from '@/lib/testing/console-database';
import type { TestPostgres } from '@/lib/testing/postgres';
import { startTester, type Tester } from '@/workers/tester';

/** A console with a running tester. */
export interface TesterConsole extends TestConsole {
  notifier: ReturnType<typeof createNotifier>;
  tester: Tester;
  /** Asks for a test as a person does, runs it and gives what was stored. */
  run(instanceId: string, activate?: boolean): Promise<{ ok: boolean | null; result: TestResult }>;
}

export async function testerConsole(
  options: {
    database?: ConsoleDatabase;
    sweepSeconds?: number;
    /** How long a server has to let it in; as in a worker unless said. */
    connectTimeoutMs?: number;
  } = {},
): Promise<TesterConsole> {
  const { database, sweepSeconds = 600, connectTimeoutMs } = options;
  const console = await testConsole(database);
  const notifier = createNotifier(console.workerDb);
  const tester = startTester({
    db: console.workerDb,
    keyPair: console.keyPair,
    log,
    notifier,
    pools: ['default'],
    connectTimeoutMs,
    sweepSeconds,
  });
  return {
    ...console,
    notifier,
    tester,
    run: async (instanceId, activate = true) => {
      const { id } = await testInstance(console.webDb, console.actor, { instanceId, activate }, meta);
      await tester.test(id);
      const row = await findTest(console.workerDb, id);
      return { ok: row?.ok ?? null, result: row?.result as unknown as TestResult };
    },
    close: async () => {
      await tester.stop();
      await notifier.stop();
      await console.close();
    },
  };
}

/** What the steps of one state say, with what to do next. */
export function sentences(result: TestResult, state: 'failed' | 'warn' | 'ok' | 'skipped'): string {
  return result.steps
    .filter((step) => step.state === state)
    .map((step) => `${step.sentence} ${step.next ?? ''}`)
    .join('\n');
}

export async function asSuperuser(on: TestPostgres, statements: string[]): Promise<void> {
  const client = new Client({ connectionString: on.superuserUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
