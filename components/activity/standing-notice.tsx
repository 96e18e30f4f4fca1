import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';

interface StandingNoticeProps {
  state: string | null;
  reason: string | null;
  mend: string | null;
}

/** Why sessions cannot be seen, and what mends it; nothing while they can. */
export function StandingNotice({ state, reason, mend }: StandingNoticeProps) {
  if (state === null || state === 'ok') return null;
  return (
    <div className="flex flex-col gap-1 px-3 pb-3 text-sm">
      <p>
        <StatusMark status={state} className="mr-1.5 align-text-bottom" />
        {reason ?? 'The reason is not known.'}
      </p>
      {mend ? <CodeBlock code={mend} label="What mends it" wrap /> : null}
    </div>
  );
}
