'use client';

import { ApiError } from '@/components/data/api';
import { useFirePreview } from '@/components/data/schedules';
import { bothTimes } from '@/components/ui/age';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { cronProblem, cronWords } from '@/lib/base/cron-words';

export interface Timing {
  cron: string;
  zone: string;
  missed: 'run-once' | 'skip';
}

/** Lines that most schedules are; the field takes any other. */
const usual = [
  ['30 2 * * *', 'Every night at 02:30'],
  ['30 2 * * 0', 'Every Sunday at 02:30'],
  ['0 4 * * 1-5', 'Workdays at 04:00'],
  ['0 */6 * * *', 'Every 6 hours'],
  ['0 * * * *', 'Every hour'],
  ['0 3 1 * *', 'On the first of each month at 03:00'],
] as const;

export const missedWords: Record<Timing['missed'], string> = {
  'run-once': 'Run once, as soon as somebody can',
  skip: 'Skip it and wait for the next',
};

function zones(chosen: string): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  const all = known.includes('UTC') ? known : ['UTC', ...known];
  return all.includes(chosen) || chosen === '' ? all : [chosen, ...all];
}

interface TimingFieldsProps {
  timing: Timing;
  onChange: (changes: Partial<Timing>) => void;
  errors: Record<string, string>;
}

/** When a schedule fires: a cron line, what it means in words, its zone, and the moments that follow from them. */
export function TimingFields({ timing, onChange, errors }: TimingFieldsProps) {
  const problem = timing.cron.trim() === '' ? undefined : cronProblem(timing.cron);
  const preview = useFirePreview(problem ? '' : timing.cron, timing.zone);
  const refused = preview.error instanceof ApiError ? preview.error.fields : {};
  const words = cronWords(timing.cron);
  return (
    <>
      <Field label="How often" required>
        <Select
          value={usual.some(([cron]) => cron === timing.cron) ? timing.cron : ''}
          placeholder="Another time: write the line below"
          options={usual.map(([cron, label]) => ({ value: cron, label }))}
          onChange={(event) => event.target.value && onChange({ cron: event.target.value })}
        />
      </Field>
      <Field
        label="Cron line"
        required
        hint={words ? `In words: ${words}.` : 'Minute, hour, day of month, month, day of week.'}
        error={problem ?? errors.cron ?? refused.cron}
      >
        <Input
          name="cron"
          value={timing.cron}
          spellCheck={false}
          autoComplete="off"
          className="font-mono"
          onChange={(event) => onChange({ cron: event.target.value })}
        />
      </Field>
      <Field
        label="Time zone"
        required
        hint="The hours above are of this zone, summer time included."
        error={errors.zone ?? refused.zone}
      >
        <Select
          name="zone"
          value={timing.zone}
          options={zones(timing.zone).map((zone) => ({ value: zone, label: zone }))}
          onChange={(event) => onChange({ zone: event.target.value })}
        />
      </Field>
      <NextFires fires={preview.error || problem ? [] : (preview.data?.nextFires ?? [])} zone={timing.zone} />
      <Field label="When nobody could run it at its time" required>
        <Select
          name="missed"
          value={timing.missed}
          options={(['run-once', 'skip'] as const).map((missed) => ({
            value: missed,
            label: missedWords[missed],
          }))}
          onChange={(event) => onChange({ missed: event.target.value as Timing['missed'] })}
        />
      </Field>
    </>
  );
}

/** Moments in the schedule's own zone, which is how people think of them; local time and UTC in the title. */
export function NextFires({ fires, zone }: { fires: readonly string[]; zone: string }) {
  if (fires.length === 0) return null;
  return (
    <div className="text-sm" aria-live="polite">
      <p className="font-medium">Next five times</p>
      <ol className="mt-0.5 space-y-0.5 text-muted" data-next-fires>
        {fires.map((at) => (
          <li key={at}>
            <time dateTime={at} title={bothTimes(at)} suppressHydrationWarning>
              {inZone(at, zone)}
            </time>
          </li>
        ))}
      </ol>
    </div>
  );
}

export function inZone(at: string, zone: string): string {
  const options = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, timeZoneName: 'short' }).format(
      new Date(at),
    );
  } catch {
    return bothTimes(at);
  }
}
