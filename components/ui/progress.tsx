import { classNames } from '@/components/ui/class-names';

interface ProgressProps {
  /** 0 to 1; null when the end is not known. */
  value: number | null;
  label: string;
  /** Longer than earlier runs took: another colour, and the caller says so in words. */
  late?: boolean;
}

/** How far work has come. */
export function Progress({ value, label, late = false }: ProgressProps) {
  const percent = value === null ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-2 w-full overflow-hidden rounded-full bg-sunken"
    >
      <div
        style={{ width: percent === undefined ? '40%' : `${percent}%` }}
        className={classNames(
          'h-full rounded-full transition-[width]',
          late ? 'bg-warn' : 'bg-accent',
          percent === undefined && 'animate-pulse motion-reduce:animate-none',
        )}
      />
    </div>
  );
}
