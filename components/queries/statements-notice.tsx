import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';
import type { Queries } from '@/lib/contract/queries';

/** Why statements cannot be read now, and what mends it. */
export function StatementsNotice({ of }: { of: Pick<Queries, 'state' | 'reason' | 'mend'> }) {
  if (of.state === null || of.state === 'ok') return null;
  return (
    <div className="flex flex-col gap-1 px-3 pb-3 text-sm">
      <p>
        <StatusMark status={of.state} className="mr-1.5 align-text-bottom" />
        {of.reason ?? 'The reason is not known.'}
      </p>
      {of.mend ? <CodeBlock code={of.mend} label="What mends it" wrap /> : null}
    </div>
  );
}
