'use client';

import Link from 'next/link';
import { ComparedFacts } from '@/components/runs/compared-facts';
import { FactsView } from '@/components/runs/facts-view';
import { Panel } from '@/components/ui/panel';
import { StatusBadge } from '@/components/ui/status-mark';
import type { Evidence } from '@/lib/contract/evidence';
import type { Run } from '@/lib/contract/runs';

/** What a run proves: one panel per piece, a `before` and its `after` side by side in one. */
export function RunEvidence({ run }: { run: Run }) {
  const { evidence } = run;
  if (evidence.length === 0) {
    const text =
      run.state === 'running' || run.state === 'queued'
        ? 'It appears here as the steps find it.'
        : 'This run stored none.';
    return (
      <Panel title="Evidence">
        <p className="text-sm text-muted">{text}</p>
      </Panel>
    );
  }
  const pairs = pairsOf(evidence);
  const paired = new Set(pairs.flatMap(({ before, after }) => [before.id, after.id]));
  return (
    <>
      {pairs.map(({ before, after }) => (
        <Panel
          key={after.id}
          title={after.title}
          note="Before and after, side by side."
          at={after.observedAt}
          actions={<StatusBadge status={after.verdict} />}
          flush
        >
          <ComparedFacts before={before.facts} after={after.facts} />
        </Panel>
      ))}
      {evidence
        .filter(({ id }) => !paired.has(id))
        .map((each) => (
          <EvidencePanel key={each.id} evidence={each} />
        ))}
    </>
  );
}

export function EvidencePanel({ evidence }: { evidence: Evidence }) {
  return (
    <Panel
      id={`evidence-${evidence.id}`}
      title={evidence.title}
      note={evidence.phase ? `As it was ${evidence.phase}.` : undefined}
      at={evidence.observedAt}
      actions={
        <>
          <span data-verdict={evidence.verdict}>
            <StatusBadge status={evidence.verdict} />
          </span>
          <Link href={`/runs/evidence/${evidence.id}`} prefetch={false} className="link text-sm">
            Link
          </Link>
        </>
      }
    >
      <FactsView facts={evidence.facts} />
    </Panel>
  );
}

interface Pair {
  before: Evidence;
  after: Evidence;
}

/** A `before` and an `after` of the same type and title. */
function pairsOf(evidence: readonly Evidence[]): Pair[] {
  return evidence.flatMap((after) => {
    if (after.phase !== 'after') return [];
    const before = evidence.find(
      (each) => each.phase === 'before' && each.type === after.type && each.title === after.title,
    );
    return before ? [{ before, after }] : [];
  });
}
