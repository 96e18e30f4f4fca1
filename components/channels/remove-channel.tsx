'use client';

import { type FormEvent, useState } from 'react';
import { useChannelActs } from '@/components/channels/use-channels';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { Channel } from '@/lib/contract/channels';

interface RemoveChannelProps {
  channel: Channel;
  onClose: () => void;
  onRemoved: () => void;
}

/** Takes a channel away after its name was typed. */
export function RemoveChannel({ channel, onClose, onRemoved }: RemoveChannelProps) {
  const { remove } = useChannelActs(channel.id);
  const [typed, setTyped] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate(typed, { onSuccess: onRemoved });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Remove ${channel.name}?`}
      description="Nobody is told by it any more, and its secret is gone. What it was told stays in the history."
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            look="danger"
            type="submit"
            form="remove-channel"
            busy={remove.isPending}
            disabled={typed !== channel.name}
          >
            Remove the channel
          </Button>
        </>
      }
    >
      <form id="remove-channel" onSubmit={submit} className="flex flex-col gap-3">
        {remove.error ? <ErrorLine error={remove.error} /> : null}
        <Field label={`Type ${channel.name} to confirm`} required>
          <Input
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
