import { classNames } from '@/components/ui/class-names';

const widths = ['w-11/12', 'w-8/12', 'w-10/12', 'w-6/12'];

/** Grey lines while something is on its way. */
export function Skeleton({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <div
      role="status"
      aria-label="Loading"
      className={classNames('flex flex-col gap-2.5 px-3 py-3', className)}
    >
      {Array.from({ length: lines }, (_, index) => index).map((index) => (
        <div
          key={index}
          className={classNames(
            'h-4 animate-pulse rounded bg-sunken motion-reduce:animate-none',
            widths[index % widths.length],
          )}
        />
      ))}
    </div>
  );
}
