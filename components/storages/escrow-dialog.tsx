'use client';

import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { dumpKeysPath } from '@/components/data/storages';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { SecretInput } from '@/components/ui/secret-input';
import { type DumpKeyView, testAskedSchema } from '@/lib/contract/storages';

interface EscrowDialogProps {
  item: DumpKeyView;
  onClose: () => void;
  onAsked: () => void;
}

/** Takes the copy as somebody kept it; a worker opens an uploaded object with it, and with nothing else. */
export function EscrowDialog({ item, onClose, onAsked }: EscrowDialogProps) {
  const [copy, setCopy] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await api.post(`${dumpKeysPath}/${item.id}/escrow`, { copy }, testAskedSchema);
      onAsked();
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const wrong = failure instanceof ApiError ? failure.fields.copy : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Prove the kept copy"
      description={`Type the copy of the key ${item.keyId} from where it is kept. A worker opens the beginning of an uploaded dump with it; the typed text is gone afterwards.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="escrow" busy={busy} disabled={copy.trim() === ''}>
            Prove it
          </Button>
        </>
      }
    >
      <form id="escrow" onSubmit={(event) => void submit(event)} className="space-y-3">
        {wrong ? null : <ErrorLine error={failure} />}
        <Field
          label="The copy"
          required
          error={wrong}
          hint="PLBK1 and nine groups; capitals and hyphens do not count."
        >
          <SecretInput name="escrow.copy" value={copy} onChange={setCopy} />
        </Field>
      </form>
    </Dialog>
  );
}
