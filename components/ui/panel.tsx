import type { ReactNode } from 'react';
import { Age } from '@/components/ui/age';
import { classNames } from '@/components/ui/class-names';

interface PanelProps {
  title: ReactNode;
  /** An anchor: links and the page's contents go there. */
  id?: string;
  /** One line under the title: what this is for. */
  note?: ReactNode;
  /** When the shown data was observed. */
  at?: string | null;
  staleAfterSeconds?: number;
  actions?: ReactNode;
  /** No padding: for tables. */
  flush?: boolean;
  className?: string;
  level?: 2 | 3;
  children: ReactNode;
}

/** A box with a title, the age of what it shows, and acts on it. */
export function Panel(props: PanelProps) {
  const {
    title,
    id,
    note,
    at,
    staleAfterSeconds,
    actions,
    flush = false,
    className,
    level = 2,
    children,
  } = props;
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section id={id} className={classNames('min-w-0 rounded-lg border border-line bg-surface', className)}>
      <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
        <div className="min-w-0 flex-1 basis-40">
          <Heading className="text-base font-semibold">{title}</Heading>
          {note ? <p className="text-sm text-muted">{note}</p> : null}
        </div>
        {at === undefined ? null : (
          <span className="text-xs text-muted">
            <Age at={at} never="no data yet" staleAfterSeconds={staleAfterSeconds} />
          </span>
        )}
        {actions ? <div className="flex flex-wrap items-center gap-1.5">{actions}</div> : null}
      </header>
      <div className={flush ? '' : 'px-3 pb-3'}>{children}</div>
    </section>
  );
}
