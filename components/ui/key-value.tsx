import type { ReactNode } from 'react';

/** Names and values in two columns; one below the other on a phone. */
export function KeyValue({ items }: { items: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-1 sm:grid-cols-[minmax(8rem,max-content)_1fr]">
      {items.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-sm text-muted">{label}</dt>
          <dd className="mb-1 min-w-0 text-sm sm:mb-0">{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
