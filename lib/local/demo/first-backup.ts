import { existsSync, writeFileSync } from 'node:fs';
import { startActor } from '@/lib/auth/actor';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { planJob } from '@/lib/commands/plans';
import { setRetention } from '@/lib/commands/retention';
import { startRun } from '@/lib/commands/runs';
import { addSchedule } from '@/lib/commands/schedules';
import { createStanza } from '@/lib/commands/stanzas';
import { defaultPolicy } from '@/lib/contract/retention';
import type { JsonObject } from '@/lib/engine/define-job';
import { isTerminal } from '@/lib/engine/run-states';
import { demoConfigFile, demoStanza } from '@/lib/local/demo/archive';
import type { Demo } from '@/lib/local/demo/start';
import { withStore } from '@/lib/local/people';
import type { LocalState } from '@/lib/local/state';
import { stanzaSetup } from '@/lib/queries/stanzas';
import { catalogue } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { findInstanceByPlace, listInstances } from '@/lib/store/instances';
import { findPlan } from '@/lib/store/plans';
import { findRun } from '@/lib/store/runs';

const deadlineMs = 10 * 60_000;
const meta = () => ({ requestId: newId() });

/**
 * Registers the demo's stanza and lets runs adopt it, take it over and take the first full backup, by the same commands
 * as a person's: once per state folder, in the background, since a worker has to look at the servers first. What goes
 * wrong is told and tried again by the next start.
 */
export function startFirstBackup(
  webUrl: string,
  state: LocalState,
  demo: Demo,
  onEvent: (text: string) => void,
): void {
  const marker = `${state.folder('demo')}/backed-up`;
  if (!demo.servers.hasStanza || existsSync(marker)) return;
  withStore(webUrl, (db) => firstBackup(db, state, demo))
    .then((name) => {
      writeFileSync(marker, '');
      onEvent(`the first full backup of ${name} is there`);
    })
    .catch((error) => onEvent(`the demo has no backup yet: ${messageOf(error)}`));
}

/** Gives the cluster's name. @throws PlumblineError naming the act that failed. */
async function firstBackup(db: Store, state: LocalState, demo: Demo): Promise<string> {
  const { port } = demo.servers.primary;
  const clusterId = await until('the demo’s servers are watched', async () => {
    const place = await findInstanceByPlace(db, '127.0.0.1', port);
    const instance = place && (await listInstances(db)).find(({ id }) => id === place.id);
    return instance?.state === 'active' && instance.role === 'primary' ? instance.cluster_id : undefined;
  });
  const setup = () => stanzaSetup(db, clusterId);
  const { stanza, cluster, kinds } = await setup();
  if (!stanza) {
    const given = { how: 'adopt', name: demoStanza, configPath: demoConfigFile(state) } as const;
    await createStanza(db, startActor, clusterId, given, meta());
  }
  const run = (kind: string | null, input: JsonObject = {}) =>
    runJob(db, { clusterId, kind: kind ?? '', input }, cluster.name);
  if (stanza?.state !== 'active') await run(kinds.adopt);
  if (!(await setup()).stanza?.isManaged) await run(kinds.takeOver);
  if ((await setup()).physicalBackups === 0) await run(kinds.backup, { type: 'full' });
  await keepSmall(db, clusterId, kinds.backup);
  return cluster.name;
}

/**
 * A demo that runs for weeks must not fill the disk: a full backup each night, of which a day's WAL and two days' backups
 * are kept. Both stand on the pages of schedules and retention, where a person may change them.
 */
async function keepSmall(db: Store, clusterId: string, backup: string | null): Promise<void> {
  const policy = { ...defaultPolicy, physical: { weeklyFulls: 1, dailyDiffs: 1, walDays: 1 } };
  await setRetention(db, startActor, clusterId, policy, meta());
  const expiry = catalogue.jobs.find(({ shows }) => shows === 'expiry')?.id;
  const nightly = { clusterId, zone: 'UTC', missed: 'run-once' as const };
  if (backup) {
    const input = { type: 'full', repository: 1, waitMinutes: 60 };
    await addSchedule(db, startActor, { ...nightly, kind: backup, input, cron: '0 3 * * *' }, meta());
  }
  if (expiry)
    await addSchedule(db, startActor, { ...nightly, kind: expiry, input: {}, cron: '0 4 * * *' }, meta());
}

/** Plans, starts and waits, as a person would on the pages. */
async function runJob(
  db: Store,
  wanted: { clusterId: string; kind: string; input: JsonObject },
  confirm: string,
): Promise<void> {
  const { id } = await planJob(db, startActor, wanted, meta());
  const plan = await until(`a plan of ${wanted.kind}`, async () => {
    const found = await findPlan(db, id);
    return found && found.state !== 'planning' ? found : undefined;
  });
  const blocker = plan.document?.blockers[0];
  if (plan.state !== 'ready' || plan.hash === null || blocker) {
    throw new PlumblineError(
      'conflict',
      blocker?.message ?? plan.error?.message ?? `No plan of ${wanted.kind}.`,
    );
  }
  const started = await startRun(db, startActor, { planId: id, planHash: plan.hash, confirm }, meta());
  const run = await until(`the run of ${wanted.kind}`, async () => {
    const found = await findRun(db, started.id);
    return found && isTerminal(found.state) ? found : undefined;
  });
  if (run.state !== 'succeeded') {
    throw new PlumblineError('conflict', `The run ${run.id} of ${wanted.kind} is ${run.state}.`);
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new PlumblineError('timed-out', `Not in ten minutes: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
