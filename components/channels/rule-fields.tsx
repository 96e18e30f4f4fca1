'use client';

import { subjectWords } from '@/components/channels/channel-draft';
import { useClusters } from '@/components/data/clusters';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { alertSubjects } from '@/lib/contract/alerts';
import type { ChannelRules } from '@/lib/contract/channels';

interface RuleFieldsProps {
  rules: ChannelRules;
  set: (change: Partial<ChannelRules>) => void;
  errors: Record<string, string>;
}

function toggled<T>(list: readonly T[], item: T, isOn: boolean): T[] {
  return isOn ? [...list.filter((each) => each !== item), item] : list.filter((each) => each !== item);
}

/** What a channel hears of, and when. */
export function RuleFields({ rules, set, errors }: RuleFieldsProps) {
  const clusters = useClusters().data?.items ?? [];
  return (
    <>
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-sm font-medium">Hears of</legend>
        {alertSubjects.map((subject) => (
          <Checkbox
            key={subject}
            label={subjectWords[subject]}
            checked={subject === 'break-glass' || rules.subjects.includes(subject)}
            disabled={subject === 'break-glass'}
            onChange={(event) => set({ subjects: toggled(rules.subjects, subject, event.target.checked) })}
          />
        ))}
        {errors['rules.subjects'] ? <p className="text-sm text-crit">{errors['rules.subjects']}</p> : null}
      </fieldset>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="From" required>
          <Select
            options={[
              { value: 'warn', label: 'Warnings on' },
              { value: 'crit', label: 'Critical only' },
            ]}
            value={rules.level}
            onChange={(event) => set({ level: event.target.value === 'crit' ? 'crit' : 'warn' })}
          />
        </Field>
        <Field
          label="Messages an hour"
          required
          hint="At most; what is more comes as one."
          error={errors['rules.perHour']}
        >
          <Input
            type="number"
            min={1}
            max={120}
            required
            value={String(rules.perHour)}
            onChange={(event) => set({ perHour: Number(event.target.value) })}
          />
        </Field>
      </div>
      <Checkbox
        label="Say when it is over"
        checked={rules.resolved}
        onChange={(event) => set({ resolved: event.target.checked })}
      />
      {clusters.length > 1 ? (
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-sm font-medium">Of these clusters; none ticked: of all</legend>
          {clusters.map((cluster) => (
            <Checkbox
              key={cluster.id}
              label={cluster.name}
              checked={rules.clusterIds.includes(cluster.id)}
              onChange={(event) =>
                set({ clusterIds: toggled(rules.clusterIds, cluster.id, event.target.checked) })
              }
            />
          ))}
        </fieldset>
      ) : null}
      <QuietFields rules={rules} set={set} errors={errors} />
    </>
  );
}

function QuietFields({ rules, set, errors }: RuleFieldsProps) {
  const { quiet } = rules;
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const change = (part: Partial<NonNullable<ChannelRules['quiet']>>) => {
    if (quiet) set({ quiet: { ...quiet, ...part } });
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="sr-only">Quiet hours</legend>
      <Checkbox
        label="Quiet hours: hold back and say it together after them"
        checked={quiet !== null}
        onChange={(event) =>
          set({
            quiet: event.target.checked
              ? { from: '22:00', to: '07:00', zone: ownZone, exceptCrit: true }
              : null,
          })
        }
      />
      {quiet ? (
        <>
          <div className="grid gap-3 sm:grid-cols-3">
            <Field label="From" required error={errors['rules.quiet.from']}>
              <Input
                type="time"
                required
                value={quiet.from}
                onChange={(event) => change({ from: event.target.value })}
              />
            </Field>
            <Field label="To" required error={errors['rules.quiet.to']}>
              <Input
                type="time"
                required
                value={quiet.to}
                onChange={(event) => change({ to: event.target.value })}
              />
            </Field>
            <Field label="Time zone" required error={errors.zone ?? errors['rules.quiet.zone']}>
              <Input required value={quiet.zone} onChange={(event) => change({ zone: event.target.value })} />
            </Field>
          </div>
          <Checkbox
            label="Critical ones are said all the same"
            checked={quiet.exceptCrit}
            onChange={(event) => change({ exceptCrit: event.target.checked })}
          />
        </>
      ) : null}
    </fieldset>
  );
}
