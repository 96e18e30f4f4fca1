import { PlumblineError } from '@/lib/base/errors';
import { needsSecondPerson } from '@/lib/engine/approval';
import { isAllowed } from '@/lib/engine/roles';
import { wordOfRun } from '@/lib/store/approvals';
import { findCluster } from '@/lib/store/clusters';
import { persist } from '@/workers/runner/persist';
import type { RunScope } from '@/workers/runner/run-scope';

/**
 * Before the first step of what needs two people: the row of a run alone starts nothing. There must be the word of
 * another person than the one who asked, on this plan's hash, spent on this run, still valid, of somebody who may; or
 * the broken glass of a dba.
 *
 * @throws PlumblineError `not-allowed` that says which of it is not so.
 */
export async function assertSecondPerson(scope: RunScope): Promise<void> {
  const { deps, run, definition, request, hold } = scope;
  if (!definition.twoPeople) return;
  const cluster = await persist(hold, () => findCluster(deps.db, run.clusterId));
  // A cluster that was removed meanwhile is judged as the one that it may have been.
  if (!needsSecondPerson(definition, cluster?.is_production ?? true)) return;
  const word = await persist(hold, () => wordOfRun(deps.db, run.runId));
  const refuse = (message: string) => {
    throw new PlumblineError('not-allowed', message, {
      next: 'Plan again and have that plan approved by a second person.',
    });
  };
  if (!word) refuse('Nobody approved this run, and it needs a second person.');
  else if (word.planId !== run.planId || word.planHash !== run.planHash)
    refuse('What was approved is another plan than the one of this run.');
  else if (word.isVoid) refuse('The approval of this run is void.');
  else if (word.isExpired) refuse('The approval of this run expired before a worker could begin.');
  else if (!word.isPerson || word.role === null)
    refuse(`${word.byName} is no person of this console any more.`);
  else if (word.kind === 'break-glass') {
    if (!isAllowed(word.role, 'break-glass')) refuse(`${word.byName} may not do this alone.`);
  } else if (word.kind !== 'approval' || word.byId === request.requestedBy)
    refuse('Whoever asked for this run cannot be its second person.');
  else if (!isAllowed(word.role, definition.permission)) refuse(`${word.byName} may not approve this.`);
}
