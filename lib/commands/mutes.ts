import type { Actor } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { muteDaysAtMost, type NewMute } from '@/lib/contract/mutes';
import { knownChecks } from '@/lib/queries/known-checks';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { endMute, findFinding, insertMute, type MutedObject } from '@/lib/store/finding-mutes';
import { hintNow } from '@/lib/store/notify';

interface Meta {
  requestId: string;
}

/**
 * Mutes the object of a finding: it leaves counts and lists of what is to be looked at until the end or an unmute, and
 * stays in the history. The finding itself goes on being judged.
 *
 * @throws PlumblineError `not-found`; `bad-input` for an end that is past or beyond 90 days.
 */
export async function muteFinding(
  db: Store,
  actor: Actor,
  input: NewMute,
  meta: Meta,
): Promise<{ id: string }> {
  const aheadMs = Date.parse(input.until) - Date.now();
  if (aheadMs <= 0 || aheadMs > muteDaysAtMost * 86_400_000) {
    throw new PlumblineError('bad-input', `A mute ends within ${muteDaysAtMost} days.`, {
      next: 'Choose an end that is ahead; it can be muted again then.',
      fields: { until: `Ahead, and within ${muteDaysAtMost} days.` },
    });
  }
  return db.transaction().execute(async (trx) => {
    const finding = await findFinding(trx, input.findingId);
    if (!finding) {
      throw new PlumblineError('not-found', 'There is no such finding.', {
        next: 'Reload the list of findings.',
      });
    }
    const target = (await knownChecks(trx)).get(finding.check_id)?.target ?? 'instance';
    const object: MutedObject = {
      checkId: finding.check_id,
      clusterId: finding.cluster_id,
      instanceId: target === 'instance' ? finding.instance_id : null,
      database: finding.database,
      key: finding.key,
      object: finding.object,
    };
    const { reason, until } = input;
    const id = await insertMute(trx, { ...object, reason, until, by: { id: actor.id, name: actor.name } });
    await appendAudit(trx, {
      actor,
      action: 'finding.mute',
      subject: { kind: 'finding', id: finding.id, name: finding.object },
      details: { ...audited(object), muteId: id, reason, until, sentence: finding.sentence },
      requestId: meta.requestId,
    });
    await tell(trx, object);
    return { id };
  });
}

/** Ends a mute at once. @throws PlumblineError `not-found` when it is over already. */
export async function unmute(db: Store, actor: Actor, id: string, meta: Meta): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const ended = await endMute(trx, id, actor.name);
    if (!ended) {
      throw new PlumblineError('not-found', 'There is no such mute, or it is over already.', {
        next: 'Reload the list of mutes.',
      });
    }
    await appendAudit(trx, {
      actor,
      action: 'finding.unmute',
      subject: { kind: 'mute', id, name: ended.object },
      details: { ...audited(ended), reason: ended.reason },
      requestId: meta.requestId,
    });
    await tell(trx, ended);
  });
}

function audited({ checkId, clusterId, instanceId, database }: MutedObject) {
  return { checkId, clusterId, instanceId, database };
}

async function tell(db: Store, { clusterId, instanceId }: MutedObject): Promise<void> {
  await hintNow(db, 'cluster', clusterId);
  if (instanceId !== null) await hintNow(db, 'instance', instanceId);
}
