import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StepContext, TypedCopy } from '@/lib/engine/define-job';
import escrowDrill from '@/lib/jobs/escrow-drill';
import { passProblem } from '@/lib/procedures/repository-pass';
import { type JobHarness, jobHarness } from '@/lib/testing/job-harness';
import { scratchDirectory } from '@/lib/testing/scratch';
import { startStanza, type TestStanza } from '@/lib/testing/stanza';
import { makeOwnedDirectory, writeSecretFile } from '@/lib/tools/files';
import { backrestFolders, parseConfig } from '@/lib/tools/pgbackrest/config';
import { renderTyped } from '@/lib/tools/pgbackrest/typed-config';
import { runTool } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';

let demo: TestStanza;
let harness: JobHarness;
const scratch = scratchDirectory('typed');

beforeAll(async () => {
  demo = await startStanza({ cipher: true, repositories: 2 });
  harness = await jobHarness({ server: demo.server, stanza: demo.stanza, stanzaConfigFile: demo.configFile });
});
afterAll(async () => {
  harness.close();
  await demo.stop();
  scratch.remove();
});

const copy = (change: Partial<TypedCopy> = {}): TypedCopy => ({
  id: crypto.randomUUID(),
  repositoryId: demo.stanza.repositories[0]?.id ?? '',
  dumpKeyId: null,
  destination: 'digest',
  typedByName: 'keeper',
  expiresAt: '2026-11-21T21:30:00.000Z',
  goneWhy: null,
  ...change,
});

async function blockersWith(typed: TypedCopy | undefined, input: object = {}): Promise<string> {
  const ctx = { ...harness.planContext(), typedCopy: async () => typed };
  const draft = await escrowDrill.plan(
    ctx,
    escrowDrill.input.parse({ keptPass: crypto.randomUUID(), ...input }),
  );
  return draft.blockers.map(({ message }) => message).join('\n');
}

test('a plan needs a copy that is still there, of the repository that it names, and one with a pass', async () => {
  const typedAtAll = /Nothing was typed|What was typed|no pass to prove|another host/;
  expect(await blockersWith(copy())).not.toMatch(typedAtAll);
  expect(await blockersWith(undefined)).toContain('Nothing was typed for this plan.');
  expect(await blockersWith(copy({ goneWhy: 'Its run has ended.' }))).toContain('gone. Its run has ended.');
  expect(await blockersWith(copy(), { repository: 2 })).toContain('for another repository');
  const [first] = demo.stanza.repositories;
  if (!first) throw new Error('no repository');
  first.isEncrypted = false;
  first.options = { type: 'posix', place: 'backup.example' };
  const blockers = await blockersWith(copy());
  expect(blockers).toContain('Repository 1 is not encrypted');
  expect(blockers).toContain('on another host, backup.example');
});

/** Whether a repository opens with somebody else's configuration and a typed pass. */
async function problemWith(pass: string, ordinal: number, config = readFileSync(demo.configFile, 'utf8')) {
  const directory = `${scratch.path}/${crypto.randomUUID().slice(0, 8)}`;
  for (const folder of [directory, ...Object.values(backrestFolders(directory))])
    makeOwnedDirectory(folder, toolUserName());
  const configFile = `${directory}/pgbackrest.conf`;
  const text = renderTyped(parseConfig(config), { stanza: 'demo', ordinal, pass, directory });
  writeSecretFile(configFile, text, toolUserName());
  const ctx: Pick<StepContext, 'tool'> = {
    tool: async ({ args, onLine }) => {
      const argv: [string, ...string[]] = ['pgbackrest', ...args];
      const result = await runTool({ argv, user: toolUserName(), deadlineMs: 30_000 });
      for (const line of result.stdout.split('\n')) onLine?.(line, 'stdout');
      const { exitCode, exitSignal: signal, elapsedMs: durationMs, stdout, stderr } = result;
      return { exitCode, signal, durationMs, stdoutTail: stdout, stderrTail: stderr };
    },
  };
  return { problem: await passProblem(ctx, { configFile, stanza: 'demo' }, ordinal), text };
}

test('an adopted stanza is opened by its owner’s file with the typed pass alone, whatever pass stands in it', async () => {
  const pass = demo.cipherPass ?? '';
  const spoilt = readFileSync(demo.configFile, 'utf8').replaceAll(pass, 'spoilt');
  const right = await problemWith(pass, 2, spoilt);
  expect(right.problem).toBeUndefined();
  expect(right.text).not.toContain('spoilt');
  expect(right.text).not.toContain('repo1-');
  const wrong = await problemWith(`${pass.slice(0, -1)}-`, 2);
  expect(wrong.problem).toContain('the pass is not the one');
  expect(wrong.text).not.toContain(pass);
  await expect(problemWith(pass, 1, spoilt.replace('repo1-path=', 'repo1-path=/nowhere'))).rejects.toThrow(
    'has not been created',
  );
  await expect(problemWith(pass, 1, spoilt.replace('[global]', '[global]\nrepo1-host=far'))).rejects.toThrow(
    'on another host',
  );
});
