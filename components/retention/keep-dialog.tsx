'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { z } from 'zod';
import { ApiError, api } from '@/components/data/api';
import { keepingPath } from '@/components/data/retention';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';

export type KeepAct = 'pin' | 'unpin' | 'hold' | 'release';

const words: Record<KeepAct, { title: string; about: string; button: string }> = {
  pin: {
    title: 'Pin this backup',
    about: 'Retention keeps it until somebody unpins it.',
    button: 'Pin it',
  },
  unpin: {
    title: 'Unpin this backup',
    about: 'The next expiry may remove it, if nothing else keeps it.',
    button: 'Unpin it',
  },
  hold: {
    title: 'Put this backup on legal hold',
    about: 'Nothing removes it before the day that you say; only a dba can end the hold.',
    button: 'Hold it',
  },
  release: {
    title: 'End the legal hold',
    about: 'The next expiry may remove it, if nothing else keeps it.',
    button: 'End the hold',
  },
};

interface KeepDialogProps {
  backupId: string;
  act: KeepAct;
  onClose: () => void;
}

/** Pins, unpins, holds or releases a backup, with a reason that stands in the audit log. */
export function KeepDialog({ backupId, act, onClose }: KeepDialogProps) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const send = async () => {
    const path = `/api/v1/backups/${backupId}`;
    if (act === 'pin') return api.put(`${path}/pin`, { reason }, z.null());
    if (act === 'unpin') return api.delete(`${path}/pin`, z.null(), { body: { reason } });
    const end = act === 'release' ? null : new Date(`${until}T23:59:59`).toISOString();
    return api.put(`${path}/hold`, { reason, until: end }, z.null());
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await send();
      await client.invalidateQueries({ queryKey: [keepingPath(backupId)] });
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const fields = failure instanceof ApiError ? failure.fields : {};
  const { title, about, button } = words[act];
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description={about}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form="keep"
            busy={busy}
            disabled={reason.trim().length < 3 || (act === 'hold' && until === '')}
          >
            {button}
          </Button>
        </>
      }
    >
      <form id="keep" onSubmit={(event) => void submit(event)} className="space-y-3">
        {Object.keys(fields).length === 0 ? <ErrorLine error={failure} /> : null}
        {act === 'hold' ? (
          <Field label="Until the end of" required error={fields.until} className="max-w-48">
            <Input type="date" value={until} onChange={(event) => setUntil(event.target.value)} />
          </Field>
        ) : null}
        <Field label="Why" required error={fields.reason} hint="It stands in the audit log.">
          <Input
            name="keep.reason"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
