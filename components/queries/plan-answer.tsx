import { PlanView } from '@/components/queries/plan-view';
import { Age } from '@/components/ui/age';
import { CodeBlock } from '@/components/ui/code-block';
import { Progress } from '@/components/ui/progress';
import { StatusMark } from '@/components/ui/status-mark';
import { plural } from '@/lib/base/format';
import type { Read } from '@/lib/contract/reads';
import { type StatementPlan, statementPlanSchema } from '@/lib/contract/statement-plan';

const modeWords: Record<StatementPlan['mode'], string> = {
  given: 'Planned with the constants of its text. Nothing was executed.',
  generic: 'A generic plan: for any values of its parameters. Nothing was executed.',
  analyzed: 'Executed in a read-only transaction that was rolled back.',
};

/** What came of asking for a plan: how far it is, the plan, or why there is none and what helps. */
export function PlanAnswer({ read }: { read: Read }) {
  if (read.state === 'waiting' || read.state === 'running') {
    return (
      <div className="max-w-md space-y-1" aria-live="polite">
        <Progress value={null} label="Asking the planner" />
        <p className="text-sm text-muted">{read.waitingFor ?? 'A worker asks the server.'}</p>
      </div>
    );
  }
  if (read.state === 'blocked') {
    return (
      <>
        {read.blockers.map((blocker) => (
          <NoPlan key={blocker.message} reason={blocker.message} next={blocker.next} mend={null} />
        ))}
      </>
    );
  }
  if (read.state === 'failed') {
    return (
      <NoPlan
        reason={read.error?.message ?? 'It has failed.'}
        next={read.error?.next ?? 'Ask again.'}
        mend={null}
      />
    );
  }
  if (read.state === 'expired' || !read.answer) {
    return (
      <p className="text-sm text-muted">
        This plan has expired: plans may hold people’s data and are kept for 15 minutes. Ask again.
      </p>
    );
  }
  const facts = statementPlanSchema.safeParse(read.answer.facts);
  if (!facts.success) return <CodeBlock code={read.answer.text ?? ''} label="Answer" />;
  const { refusal, mode, isRewritten, parameters, database, statement } = facts.data;
  // Before 16 a generic plan is shown with nulls as values, and those prune partitions.
  const isPruned = facts.data.serverVersionNum < 160_000 && read.answer.text?.includes('"Subplans Removed"');
  return (
    <div className="flex flex-col gap-3">
      {isPruned && mode === 'generic' ? (
        <p className="text-sm text-muted">
          This version prunes partitions by the nulls that stand for the values; those that real values would
          reach are left out below. Give the text with constants to see them.
        </p>
      ) : null}
      {refusal ? (
        <NoPlan {...refusal} />
      ) : (
        <PlanView text={read.answer.text ?? ''} isCut={read.answer.isCut} />
      )}
      <details className="text-sm">
        <summary className="text-muted">
          {refusal ? 'What was sent' : modeWords[mode]} In {database}, <Age at={read.answer.storedAt} />.
        </summary>
        <div className="mt-2 space-y-2">
          <p className="text-muted">
            {plural(parameters, 'parameter')}.{' '}
            {isRewritten
              ? 'Parts that pg_stat_statements leaves as no valid SQL (interval $1, extract($1 from …)) were written differently; they mean the same. '
              : ''}
            Names were looked up in {facts.data.searchPath}.
          </p>
          <CodeBlock code={statement} label="Statement as it was sent" wrap />
        </div>
      </details>
    </div>
  );
}

function NoPlan({ reason, next, mend }: { reason: string; next: string; mend: string | null }) {
  return (
    <div className="space-y-2 text-sm">
      <p>
        <StatusMark status="blocked" word="No plan" className="mr-1.5 align-text-bottom" />
        {reason}
      </p>
      <p className="text-muted">{next}</p>
      {mend ? <CodeBlock code={mend} label="What mends it" wrap /> : null}
    </div>
  );
}
