import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { Read } from '@/lib/contract/reads';
import { isTerminal } from '@/lib/engine/run-states';
import { waitingForWorker } from '@/lib/queries/plans';
import { jobDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import { planView } from '@/lib/store/plan-reads';
import { findAnswer } from '@/lib/store/read-answers';
import { listRuns } from '@/lib/store/run-reads';

/**
 * How far something is that was only to be read, and its answer. Only who may ask the kind may see what it answered.
 *
 * @throws PlumblineError `not-found`, `not-allowed`
 */
export async function read(db: Store, actor: Actor, id: string): Promise<Read> {
  const view = await planView(db, id);
  const job = view && jobDescriptor(view.kind);
  if (!view || job?.risk !== 'read') {
    throw new PlumblineError('not-found', 'There is no such question.', { next: 'Ask it again.' });
  }
  assertAllowed(actor, job.permission);
  const [run] = view.runId === null ? [] : await listRuns(db, { id: view.runId, limit: 1 });
  const answer = view.runId === null ? undefined : await findAnswer(db, view.runId);
  const blockers = view.state === 'ready' && !run ? (view.document?.blockers ?? []) : [];
  const error = run?.error ?? view.error;
  const state = (): Read['state'] => {
    if (view.state === null) return 'waiting';
    if (view.state === 'planning') return 'running';
    if (view.state === 'failed') return 'failed';
    if (!run) return 'blocked';
    if (!isTerminal(run.state)) return 'running';
    if (run.state !== 'succeeded') return 'failed';
    return answer ? 'answered' : 'expired';
  };
  return {
    id,
    kind: view.kind,
    title: job.title,
    state: state(),
    waitingFor: waitingForWorker(view),
    blockers,
    error,
    runId: view.runId,
    requestedByName: view.requestedByName,
    requestedAt: view.requestedAt,
    answer: answer
      ? {
          facts: answer.facts as NonNullable<Read['answer']>['facts'],
          text: answer.text,
          isCut: Buffer.byteLength(answer.text ?? '') < answer.textBytes,
          textBytes: answer.textBytes,
          storedAt: answer.storedAt,
          expiresAt: answer.expiresAt,
        }
      : null,
  };
}
