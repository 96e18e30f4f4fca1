import type { ReactNode } from 'react';

interface PageHeaderProps {
  title: ReactNode;
  /** Marks beside the title: state, role, version. */
  marks?: ReactNode;
  /** What this page is for, in a sentence. */
  note?: ReactNode;
  actions?: ReactNode;
}

/** The only h1 of a page. */
export function PageHeader({ title, marks, note, actions }: PageHeaderProps) {
  return (
    <div className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <h1 className="text-xl font-semibold">{title}</h1>
          {marks}
        </div>
        {note ? <p className="mt-0.5 max-w-prose text-sm text-muted">{note}</p> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </div>
  );
}
