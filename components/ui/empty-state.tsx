import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  title: string;
  /** Why there is nothing, and what to do next. */
  children?: ReactNode;
  icon?: LucideIcon;
  actions?: ReactNode;
}

/** Nothing here yet: says why and what comes next. */
export function EmptyState({ title, children, icon: Icon, actions }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-8 text-center">
      {Icon ? <Icon aria-hidden className="size-6 text-faint" /> : null}
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-prose text-sm text-muted">{children}</div> : null}
      {actions ? <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  );
}
