'use client';

import { type FormEvent, useState } from 'react';
import { useMuteActs } from '@/components/data/mutes';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import type { Finding } from '@/lib/contract/findings';
import { muteDaysAtMost } from '@/lib/contract/mutes';

const lengths = [
  { value: '1', label: 'For 1 hour' },
  { value: '24', label: 'For 1 day' },
  { value: '168', label: 'For 7 days' },
  { value: 'date', label: 'Until a date' },
];

/** `YYYY-MM-DD` in local time, so many days ahead. */
function dayAhead(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() + days);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function endOf(length: string, day: string): Date {
  if (length !== 'date') return new Date(Date.now() + Number(length) * 3_600_000);
  return new Date(`${day}T00:00:00`);
}

/** Mutes one object of one check: asks why, and for how long. */
export function MuteDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [length, setLength] = useState('24');
  const [day, setDay] = useState(dayAhead(14));
  const toast = useToast();
  const { mute } = useMuteActs();
  const fields = mute.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = endOf(length, day);
    mute.mutate(
      { findingId: finding.id, reason, until: until.toISOString() },
      {
        onSuccess: () => {
          toast({
            title: `Muted: ${finding.object}`,
            text: 'It stands under “Muted” on the findings page.',
            tone: 'ok',
          });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Mute ${finding.object}`}
      description={`“${finding.title}” goes on judging it; until the end it is in no count and no list of what burns. Everybody sees who muted it and why.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="mute" busy={mute.isPending}>
            Mute it
          </Button>
        </>
      }
    >
      <form id="mute" onSubmit={submit} className="flex flex-col gap-3">
        {mute.error && Object.keys(fields).length === 0 ? <ErrorLine error={mute.error} /> : null}
        <Field label="Reason" required error={fields.reason} hint="For whoever looks at it next.">
          <Input
            required
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        <Field label="How long" required error={length === 'date' ? undefined : fields.until}>
          <Select options={lengths} value={length} onChange={(event) => setLength(event.target.value)} />
        </Field>
        {length === 'date' ? (
          <Field
            label="Until the beginning of"
            required
            error={fields.until}
            hint={`At most ${muteDaysAtMost} days ahead.`}
          >
            <Input
              type="date"
              required
              min={dayAhead(1)}
              max={dayAhead(muteDaysAtMost - 1)}
              value={day}
              onChange={(event) => setDay(event.target.value)}
            />
          </Field>
        ) : null}
      </form>
    </Dialog>
  );
}
