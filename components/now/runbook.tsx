'use client';

import { ExternalLink } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useRunbook } from '@/components/data/runbooks';

interface RunbookProps {
  checkId: string;
  /** Buttons of what mends it. */
  acts: ReactNode;
}

const parts = [
  ['means', 'What it means'],
  ['confirm', 'How to make sure'],
  ['act', 'What to do'],
  ['avoid', 'What not to do'],
] as const;

/** What a tired person needs beside a finding, opened by a click. */
export function Runbook({ checkId, acts }: RunbookProps) {
  const [isOpen, setOpen] = useState(false);
  const runbook = useRunbook(checkId, isOpen);
  return (
    <details className="mt-1" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="text-xs text-muted">Runbook</summary>
      {isOpen && runbook ? (
        <div className="mt-1 max-w-3xl rounded-md border border-line bg-sunken px-3 py-2">
          <dl className="grid gap-x-4 gap-y-2 sm:grid-cols-[9rem_1fr]">
            {parts.map(([part, title]) => (
              <div key={part} className="contents">
                <dt className="font-medium">{title}</dt>
                <dd>
                  {runbook[part]}
                  {part === 'act' && acts ? (
                    <span className="mt-1.5 flex flex-wrap gap-1.5">{acts}</span>
                  ) : null}
                </dd>
              </div>
            ))}
          </dl>
          {runbook.manual ? (
            <a
              href={runbook.manual}
              target="_blank"
              rel="noreferrer"
              className="link mt-2 inline-flex items-center gap-1 text-xs"
            >
              PostgreSQL documentation <ExternalLink aria-hidden className="size-3.5" />
            </a>
          ) : null}
        </div>
      ) : isOpen ? (
        <p className="mt-1 text-sm text-muted">
          No runbook is written for this check, or it has not come yet.
        </p>
      ) : null}
    </details>
  );
}
