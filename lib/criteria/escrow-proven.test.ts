import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import escrowProven from '@/lib/criteria/escrow-proven';
import { expiryOf, stateAt } from '@/lib/engine/scorecard';
import { type Readiness, readiness } from '@/lib/testing/readiness';
import { storedStanza } from '@/lib/testing/stored-stanza';

let cluster: Readiness;
let instanceId: string;
beforeEach(async () => {
  cluster = await readiness();
  instanceId = await cluster.addInstance('primary', 'primary');
});
afterEach(() => cluster.close());

const day = 86_400;

async function encryptedStanza(): Promise<{ repositoryId: string; tried: Tried }> {
  const { repositoryId } = await storedStanza(cluster.db, { clusterId: cluster.clusterId, instanceId });
  await sql`update stanza_repositories set is_encrypted = true`.execute(cluster.db);
  const facts = { repositoryId, path: '/repository', storageId: null, typedBy: 'keeper' };
  const tried: Tried = (verdict, ago, more = {}) =>
    cluster.evidence('escrow', null, verdict, ago, { ...facts, ...more });
  return { repositoryId, tried };
}
type Tried = (verdict: string, ago: number, more?: { path?: string }) => Promise<string>;

/** A dump of this cluster in a storage, encrypted with a key; gives the key's id. */
async function upload(provenAgo: number | null): Promise<string> {
  const { db } = cluster;
  const keyId = newId().slice(-8);
  const backupId = await cluster.backup('orders', 60);
  const storageId = newId();
  await sql`
    insert into storages (id, name, type, endpoint, region, bucket, created_by_name)
    values (${storageId}, ${keyId}, 's3', 'https://s3.example', 'r', 'b', 'test')`.execute(db);
  await sql`update dump_keys set retired_at = now()`.execute(db);
  await sql`
    insert into dump_keys (id, key_id, created_by_name, escrow_proven_at, escrow_proven_by, escrow_proof)
    values (${newId()}, ${keyId}, 'test', ${provenAgo === null ? null : cluster.ago(provenAgo)}, 'keeper',
      ${provenAgo === null ? null : JSON.stringify({ objectKey: `o/${keyId}`, storage: keyId })})`.execute(
    db,
  );
  await sql`
    insert into backup_uploads (id, backup_id, storage_id, run_id, key_id, object_key, state, layout)
    values (${newId()}, ${backupId}, ${storageId}, ${backupId}, ${keyId}, ${`o/${keyId}`}, 'ready', '{}')`.execute(
    db,
  );
  return keyId;
}

test('does not apply where nothing is encrypted, and is never green before somebody has typed the copy', async () => {
  expect(await cluster.judge(escrowProven)).toMatchObject({ state: 'not-applicable' });
  const { tried } = await encryptedStanza();
  const verdict = await cluster.judge(escrowProven);
  expect(verdict).toMatchObject({ state: 'unknown' });
  expect(verdict.sentence).toContain('Nobody has proven the kept copy for repository 1');
  // It opened the lists and no server came up: that is no proof.
  await tried('partial', 60);
  expect(await cluster.judge(escrowProven)).toMatchObject({ state: 'unknown' });
});

test('passes with the evidence of a drill, grows stale, and says nothing of a repository that moved', async () => {
  const { tried } = await encryptedStanza();
  const id = await tried('pass', 3600);
  const verdict = await cluster.judge(escrowProven);
  expect(verdict).toMatchObject({ state: 'pass', value: 3600, links: [{ kind: 'evidence', id }] });
  const later = new Date(cluster.now.getTime() + 181 * day * 1000);
  const expiresAt = expiryOf(verdict.observedAt, escrowProven.expiresAfterSeconds);
  expect(stateAt({ state: verdict.state, expiresAt }, later)).toBe('stale');
  await sql`update stanza_repositories set path = '/elsewhere'`.execute(cluster.db);
  expect(await cluster.judge(escrowProven)).toMatchObject({ state: 'unknown' });
});

test('a copy that opened nothing after it was proven fails it, until one does again', async () => {
  const { tried } = await encryptedStanza();
  await tried('pass', 90 * day);
  const refused = await tried('fail', day);
  const verdict = await cluster.judge(escrowProven);
  expect(verdict).toMatchObject({ state: 'fail', links: [{ id: refused }] });
  expect(verdict.sentence).toContain('repository 1 opened nothing');
  await tried('pass', 60);
  expect(await cluster.judge(escrowProven)).toMatchObject({ state: 'pass', value: 60 });
});

test('every key that encrypts a dump in a storage counts', async () => {
  const { tried } = await encryptedStanza();
  await tried('pass', 60);
  const proven = await upload(2 * day);
  const verdict = await cluster.judge(escrowProven);
  expect(verdict).toMatchObject({ state: 'pass', value: 2 * day });
  expect(verdict.links.map(({ kind, label }) => [kind, label])).toEqual([
    ['evidence', 'The copy for repository 1 opened it'],
    ['backup', `The copy for the dumps’ key ${proven} opened it`],
  ]);
  const never = await upload(null);
  const after = await cluster.judge(escrowProven);
  expect(after.state).toBe('unknown');
  expect(after.sentence).toContain(`2 of 3 kept copies were proven`);
  expect(after.sentence).toContain(never);
});
