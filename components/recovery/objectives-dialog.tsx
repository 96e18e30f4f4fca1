'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { objectivesSchema, type Recovery } from '@/lib/contract/recovery';

/** How long a restore may take and how much it may lose, in minutes as people say it. */
export function ObjectivesDialog({ recovery, refusal }: { recovery: Recovery; refusal: string | null }) {
  const { cluster, objectives } = recovery;
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState(() => minutesOf(objectives));
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const fields = failure instanceof ApiError ? failure.fields : {};
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const seconds = (text: string) => Math.round(Number(text) * 60);
      const body = { rtoSeconds: seconds(draft.rto), rpoSeconds: seconds(draft.rpo) };
      await api.put(`/api/v1/clusters/${cluster.id}/objectives`, body, objectivesSchema);
      await client.invalidateQueries();
      setOpen(false);
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  const begin = () => {
    setDraft(minutesOf(objectives));
    setFailure(null);
    setOpen(true);
  };
  return (
    <>
      <Button size="small" disabled={refusal !== null} title={refusal ?? undefined} onClick={begin}>
        Change …
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Objectives of ${cluster.name}`}>
        <form onSubmit={(event) => void submit(event)} noValidate className="space-y-3">
          <Field
            label="Back within, minutes (RTO)"
            hint="From the decision to restore until people can work: drills are measured against it."
            error={fields.rtoSeconds}
            required
          >
            <Input
              inputMode="decimal"
              value={draft.rto}
              onChange={(event) => setDraft((before) => ({ ...before, rto: event.target.value }))}
            />
          </Field>
          <Field
            label="Losing at most, minutes (RPO)"
            hint="Of the newest work: what the archive does not hold yet is measured against it."
            error={fields.rpoSeconds}
            required
          >
            <Input
              inputMode="decimal"
              value={draft.rpo}
              onChange={(event) => setDraft((before) => ({ ...before, rpo: event.target.value }))}
            />
          </Field>
          <ErrorLine error={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Leave them</Button>
            <Button type="submit" look="primary" busy={busy}>
              Save
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

function minutesOf({ rtoSeconds, rpoSeconds }: Recovery['objectives']) {
  const minutes = (seconds: number) => String(Math.round((seconds / 60) * 100) / 100);
  return { rto: minutes(rtoSeconds), rpo: minutes(rpoSeconds) };
}
