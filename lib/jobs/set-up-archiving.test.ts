import { readFileSync, renameSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { physicalBackupGrants } from '@/lib/engine/grant-scripts';
import restoreArchiveCommand from '@/lib/jobs/restore-archive-command';
import setUpArchiving from '@/lib/jobs/set-up-archiving';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { openAsSuperuser, runSql } from '@/lib/testing/superuser';

let stanza: TestStanza;
let harness: JobHarness;
const foreign = 'AWS_SECRET_ACCESS_KEY=canary-key cp %p /tmp/never/%f';

beforeAll(async () => {
  stanza = await startStanza({
    bare: true,
    cipher: 'canary-pass',
    server: { config: { archive_command: foreign } },
  });
  const { server } = stanza;
  await runSql(server, 'postgres', [
    `create role operator login password 'x' in role pg_monitor`,
    `create role backup login password 'x'`,
    ...physicalBackupGrants('backup', server.programs.major),
  ]);
  harness = await jobHarness({
    server,
    logins: { operate: { user: 'operator', password: 'x' }, backup: { user: 'backup', password: 'x' } },
    stanza: stanza.stanza,
    stanzaConfigFile: stanza.configFile,
    stanzaConfig: stanza.config,
  });
}, 60_000);
afterAll(async () => {
  harness.close();
  await stanza.stop();
});

async function setting(name: string): Promise<string> {
  const session = await openAsSuperuser(stanza.server, 'postgres');
  const [row] = await session.query('select current_setting($1) as value', [name]);
  await session.close();
  return String(row?.value);
}

test('without the rights to change settings it is blocked, and says the GRANT', async () => {
  const { blockers } = await harness.plan(setUpArchiving, {});
  expect(blockers).toMatchObject([
    {
      next: expect.stringContaining(
        'grant alter system on parameter archive_command, archive_timeout to "operator"',
      ),
    },
  ]);
});

test('archiving is set up as planned, proven, and undone to the very command of before; no secret shows', async () => {
  const { server } = stanza;
  await runSql(server, 'postgres', [
    'grant alter system on parameter archive_command, archive_mode, archive_timeout to operator',
    'grant execute on function pg_reload_conf() to operator',
  ]);
  const draft = await harness.plan(setUpArchiving, {});
  expect(draft.blockers).toEqual([]);
  expect(draft.acts.map(({ step, sql, argv }) => [step, sql ?? argv?.at(-1)])).toEqual([
    ['configure', stanza.configFile],
    ['create', 'stanza-create'],
    ['archive', expect.stringContaining(`--config=${stanza.configFile} --stanza=demo archive-push %p'`)],
    ['archive', `alter system set archive_timeout = '60s'`],
    ['archive', 'select pg_reload_conf()'],
    ['check', 'check'],
  ]);
  expect(draft.tables?.[0]?.rows.flat()).toContain('repo1-cipher-pass=(sealed)');
  expect(draft.warnings.join()).toContain('kept for undo');
  expect(draft.warnings.join()).toContain('on the same disk');
  expect(draft.warnings.join()).not.toContain('archive_timeout is');
  harness.target.rpoSeconds = 30;
  expect((await harness.plan(setUpArchiving, {})).warnings.join()).toContain(
    'archive_timeout is 60 s: up to that much is lost with the server. Set it below the objective (RPO), which is 30 s.',
  );
  delete harness.target.rpoSeconds;

  const run = await harness.run(setUpArchiving, {});
  expect(run.error).toBeUndefined();
  expect(stanza.stanza).toMatchObject({
    state: 'active',
    dataDirectory: server.dataDir,
    facts: { server: { user: 'backup' } },
  });
  expect(run.evidence).toMatchObject([
    { phase: 'before', facts: { archiveCommand: expect.stringContaining('(hidden)') } },
    { phase: 'after', verdict: 'pass', facts: { archiveTimeoutSeconds: 60 } },
  ]);
  const segment = await stanza.archiveNow();
  expect((await stanza.info()).archive[0]?.max).toBe(segment);

  const previous = `${stanza.configFile}.previous.json`;
  expect(statSync(previous).mode & 0o777).toBe(0o600);
  // Again: what was kept stays what it was.
  const again = await harness.run(setUpArchiving, {});
  expect(again.error).toBeUndefined();
  expect(readFileSync(previous, 'utf8')).toContain('canary-key');

  const undoDraft = await harness.plan(restoreArchiveCommand, {});
  expect(undoDraft.acts[0]?.sql).toBe('alter system reset archive_command');
  const undone = await harness.run(restoreArchiveCommand, {});
  expect(undone.error).toBeUndefined();
  expect(await setting('archive_command')).toBe(foreign);
  expect(stanza.stanza.state).toBe('draft');
  expect(JSON.stringify([draft, run, again, undoDraft, undone])).not.toContain('canary');
}, 60_000);

test('when the proof fails the former command is back', async () => {
  const archive = `${stanza.repositoryPath}/archive`;
  const run = await harness.run(
    setUpArchiving,
    {},
    { onTool: ({ args }) => (args.includes('check') ? renameSync(archive, `${archive}.gone`) : undefined) },
  );
  renameSync(`${archive}.gone`, archive);
  expect(run.error).toMatchObject({ code: 'tool-failed', message: expect.stringContaining('archive.info') });
  expect(await setting('archive_command')).toBe(foreign);
  expect(run.log.map(({ text }) => text).join()).toContain('Put the former archive_command back');
}, 60_000);

test('with archive_mode off it says that a restart is needed, and proves nothing before', async () => {
  const { server } = stanza;
  await server.restart({ archive_mode: 'off' });
  const draft = await harness.plan(setUpArchiving, {});
  expect(draft.warnings.join()).toContain('takes effect when the server is restarted');
  const run = await harness.run(setUpArchiving, {});
  expect(run.evidence.at(-1)).toMatchObject({ phase: 'after', verdict: 'partial' });
  expect(stanza.stanza.state).toBe('draft');
  await server.restart();
  expect(await setting('archive_mode')).toBe('on');
  const proven = await harness.run(setUpArchiving, {});
  expect(proven.error).toBeUndefined();
  expect(stanza.stanza.state).toBe('active');
}, 60_000);

test('a repository in the data directory, in somebody else’s folder or among other files is a blocker', async () => {
  const messages = async (path: string) => {
    const elsewhere = await jobHarness({
      server: stanza.server,
      stanza: {
        ...stanza.stanza,
        repositories: stanza.stanza.repositories.map((one) => ({ ...one, path })),
      },
      stanzaConfigFile: stanza.configFile,
    });
    const { blockers } = await elsewhere.plan(setUpArchiving, {});
    elsewhere.close();
    return blockers.map(({ message }) => message).join();
  };
  expect(await messages(`${stanza.server.dataDir}/repo`)).toContain('lies in the data directory');
  expect(await messages(stanza.config.directory)).toContain('something else than a repository');
  if (process.getuid?.() === 0) expect(await messages('/usr/share')).toContain('belongs to another user');
});
