'use client';

import { useEffect, useState } from 'react';
import { useGrantScript } from '@/components/data/cluster';
import { CodeBlock } from '@/components/ui/code-block';
import { QueryState } from '@/components/ui/query-state';
import type { PurposeName } from '@/lib/contract/instances';

/** The value once it has rested for a moment, so that not each key asks the API. */
function useRested<T>(value: T, restMs: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), restMs);
    return () => clearTimeout(timer);
  }, [value, restMs]);
  return rested;
}

interface GrantScriptProps {
  purpose: PurposeName;
  user: string;
  major: number | undefined;
}

/** The SQL that makes a login with the rights of its purpose, to be copied into psql. */
export function GrantScript({ purpose, user, major }: GrantScriptProps) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-sm text-muted hover:text-ink">
        The script that makes this login{major ? ` (PostgreSQL ${major})` : ''}
      </summary>
      {open ? <Script purpose={purpose} user={user} major={major} /> : null}
    </details>
  );
}

function Script({ purpose, user, major }: GrantScriptProps) {
  const rested = useRested(user.trim(), 300);
  const script = useGrantScript(purpose, rested, major);
  if (rested === '') return <p className="mt-1 text-sm text-muted">Give the user first.</p>;
  return (
    <div className="mt-1.5">
      <QueryState query={script}>
        {(data) => <CodeBlock code={data.script} label={`Script of the ${purpose} login`} />}
      </QueryState>
    </div>
  );
}
