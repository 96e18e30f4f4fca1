import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Keeping, ShelvedBackup } from '@/lib/engine/keeping';
import expireBackups from '@/lib/jobs/expire-backups';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';

let stanza: TestStanza;
let harness: JobHarness;
let shelf: ShelvedBackup[] = [];
const gone: string[] = [];
const speaks = new Map<string, string>();

/** The console's rows, as a worker has them. What is tried here is the tool: the rows are tried in a worker. */
const keeping = {
  policy: async () => ({
    logical: { daily: 1, monthly: 0, yearly: 0 },
    physical: { weeklyFulls: 1, dailyDiffs: 0, walDays: 1 },
    zone: 'UTC',
  }),
  shelf: async () => shelf,
  uploads: async () => [],
  expire: async (id: string) => ({ kept: speaks.get(id) ?? null }),
  removed: async (id: string) => void gone.push(id),
} as Partial<Keeping> as Keeping;

const shelved = (label: string, days: number, more: Partial<ShelvedBackup> = {}): ShelvedBackup => ({
  ...{ id: label, type: 'physical', database: null, stanzaId: stanza.stanza.id, repository: 1, label },
  ...{ method: 'full', dependsOn: [], bytes: 1, state: 'ready', hasErrors: false, pinned: null },
  finishedAt: new Date(Date.now() - days * 86_400_000).toISOString(),
  ...{ holdUntil: null, drill: null, isProven: false, usedBy: null, isHalfGone: false },
  ...{ workerName: 'harness', path: '' },
  ...more,
});
const labels = async () => (await stanza.info()).backup.map(({ label }) => label);
/** Segments in the archive, in order. */
const segments = () =>
  readdirSync(path.join(stanza.repositoryPath, 'archive'), { recursive: true, encoding: 'utf8' })
    .flatMap((name) => /^([0-9A-F]{24})-/.exec(path.basename(name))?.[1] ?? [])
    .sort();

beforeAll(async () => {
  stanza = await startStanza();
  harness = await jobHarness({
    server: stanza.server,
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
    keeping,
  });
});
afterAll(async () => {
  harness.close();
  await stanza.stop();
});

test('sets go by pgBackRest with what depends on them first, WAL that nothing needs goes with them, and no more', async () => {
  const first = await stanza.backup('full');
  const change = await stanza.backup('incr');
  const second = await stanza.backup('full');
  await stanza.archiveNow();
  const third = await stanza.backup('full');
  const before = segments();
  shelf = [
    shelved(third, 0.5),
    shelved(second, 3),
    shelved(change, 9, { method: 'incr', dependsOn: [first] }),
    shelved(first, 10),
  ];
  const draft = await harness.plan(expireBackups, {});
  expect(draft.params.sets.map(({ label }) => label)).toEqual([change, first]);
  expect(draft.acts.map(({ argv }) => argv?.at(-1))).toEqual(['expire', 'expire', 'expire']);
  expect(draft.acts[0]?.argv).toContain(`--set=${change}`);
  expect(await labels()).toHaveLength(4);

  // Pinned at the last moment: it stays, and so does all WAL.
  speaks.set(first, 'pinned by Ann');
  const held = await harness.run(expireBackups, {});
  expect(held.error).toBeUndefined();
  expect(await labels()).toEqual([first, second, third]);
  expect(held.evidence[0]).toMatchObject({ verdict: 'partial', facts: { kept: [{ why: 'pinned by Ann' }] } });
  const info = await stanza.info();
  const startOf = (label: string) =>
    info.backup.find((backup) => backup.label === label)?.archive?.start ?? '';
  expect(segments()).toEqual(before);

  speaks.clear();
  shelf = shelf.filter(({ id }) => id !== change);
  const run = await harness.run(expireBackups, {});
  expect(run.error).toBeUndefined();
  expect(await labels()).toEqual([second, third]);
  expect(gone).toEqual([change, first]);
  expect(segments()[0]).toBe(startOf(second));
});

test('of somebody else’s stanza nothing goes, and of one whose newest is damaged neither', async () => {
  const [old = '', fresh = ''] = await labels();
  shelf = [shelved(fresh, 2, { hasErrors: true }), shelved(old, 90)];
  const frozen = await harness.plan(expireBackups, {});
  expect([frozen.params.sets, frozen.params.wal]).toEqual([[], []]);
  expect(frozen.warnings.join()).toContain('the newest one holds damaged pages');
  shelf = [shelved(fresh, 2), shelved(old, 90)];
  stanza.stanza.isManaged = false;
  const foreign = await harness.plan(expireBackups, {});
  stanza.stanza.isManaged = true;
  expect([foreign.params.sets, foreign.params.wal]).toEqual([[], []]);
  expect(foreign.warnings.join()).toContain('set up by somebody else');
});
