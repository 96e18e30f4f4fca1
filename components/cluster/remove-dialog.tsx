'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { z } from 'zod';
import { api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';

interface RemoveDialogProps {
  /** Like `cluster` or `instance`. */
  what: string;
  name: string;
  /** What is removed and what stays. */
  consequences: ReactNode;
  path: string;
  refusal: string | null;
  onRemoved: () => void;
}

/** Removes something from the console after its name was typed. The server itself is never touched. */
export function RemoveDialog({ what, name, consequences, path, refusal, onRemoved }: RemoveDialogProps) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const remove = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await api.delete(path, z.null(), { body: { confirm: typed } });
      onRemoved();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <>
      <Button disabled={refusal !== null} title={refusal ?? undefined} onClick={() => setOpen(true)}>
        Remove this {what} …
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Remove ${name}?`} description={consequences}>
        <form onSubmit={(event) => void remove(event)} className="space-y-3">
          <Field label={`Type “${name}”`} required>
            <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
          </Field>
          <ErrorLine error={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button type="submit" look="danger" busy={busy} disabled={typed !== name}>
              Remove the {what}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
