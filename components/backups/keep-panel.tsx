'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { z } from 'zod';
import { ApiError, api } from '@/components/data/api';
import { Moment } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { useNow } from '@/components/ui/use-now';
import type { BackupDetail } from '@/lib/contract/backups';

type Act = 'pin' | 'unpin' | 'hold' | 'release';

const acts: Record<Act, { title: string; button: string; says: string }> = {
  pin: { title: 'Pin this backup', button: 'Pin it', says: 'No expiry takes it until somebody unpins it.' },
  unpin: { title: 'Unpin this backup', button: 'Unpin it', says: 'The next expiry may take it.' },
  hold: {
    title: 'Put this backup on legal hold',
    button: 'Hold it',
    says: 'No expiry takes it until the hold ends, pinned or not.',
  },
  release: { title: 'End the legal hold', button: 'End the hold', says: 'The next expiry may take it.' },
};

interface KeepPanelProps {
  backup: BackupDetail;
  /** Why this person may not pin, and may not hold. */
  pinRefusal: string | null;
  holdRefusal: string | null;
}

/** What keeps a backup from expiring, and the ways to change that. */
export function KeepPanel({ backup, pinRefusal, holdRefusal }: KeepPanelProps) {
  const [act, setAct] = useState<Act>();
  const { pin, holdUntil, state } = backup;
  const now = useNow();
  const isHeld = holdUntil !== null && Date.parse(holdUntil) > now;
  const isThere = state === 'ready' || state === 'missing';
  return (
    <Panel
      title="Kept"
      actions={
        isThere ? (
          <>
            <Button
              size="small"
              disabled={pinRefusal !== null}
              title={pinRefusal ?? undefined}
              onClick={() => setAct(pin ? 'unpin' : 'pin')}
            >
              {pin ? 'Unpin …' : 'Pin …'}
            </Button>
            <Button
              size="small"
              disabled={holdRefusal !== null}
              title={holdRefusal ?? undefined}
              onClick={() => setAct(isHeld ? 'release' : 'hold')}
            >
              {isHeld ? 'End the hold …' : 'Hold …'}
            </Button>
          </>
        ) : null
      }
    >
      <ul className="space-y-1 text-sm">
        {pin ? (
          <li>
            <StatusMark status="active" word="Pinned" /> by {pin.byName}, <Moment at={pin.at} />: {pin.reason}
          </li>
        ) : null}
        {isHeld ? (
          <li>
            <StatusMark status="active" word="On hold" /> until <Moment at={holdUntil} />
          </li>
        ) : null}
        {pin || isHeld ? null : (
          <li className="text-muted">
            {isThere
              ? 'As long as the retention of its cluster says. Pin it to keep it longer.'
              : 'There is nothing left to keep.'}
          </li>
        )}
      </ul>
      {act ? <KeepDialog key={act} act={act} id={backup.id} onClose={() => setAct(undefined)} /> : null}
    </Panel>
  );
}

function KeepDialog({ act, id, onClose }: { act: Act; id: string; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [day, setDay] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const fields = failure instanceof ApiError ? failure.fields : {};
  const { title, button, says } = acts[act];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await send(act, id, reason, day);
      await client.invalidateQueries();
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())} title={title} description={says}>
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-3">
        {act === 'hold' ? (
          <Field label="Until the end of (UTC)" error={fields.until} required>
            <Input type="date" value={day} onChange={(event) => setDay(event.target.value)} />
          </Field>
        ) : null}
        <Field label="Why" hint="It stands in the audit log." error={fields.reason} required>
          <Input value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
        <ErrorLine error={failure} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={busy}>
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

async function send(act: Act, id: string, reason: string, day: string): Promise<void> {
  const path = `/api/v1/backups/${id}`;
  if (act === 'pin') await api.put(`${path}/pin`, { reason }, z.unknown());
  else if (act === 'unpin') await api.delete(`${path}/pin`, z.unknown(), { body: { reason } });
  else {
    const until = act === 'hold' ? `${day}T23:59:59Z` : null;
    await api.put(`${path}/hold`, { reason, until }, z.unknown());
  }
}
