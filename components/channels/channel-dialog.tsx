'use client';

import { type FormEvent, useState } from 'react';
import {
  type ChannelDraft,
  draftOf,
  emptyDraft,
  newChannelOf,
  settingsOf,
} from '@/components/channels/channel-draft';
import { EmailFields, WebhookFields } from '@/components/channels/destination-fields';
import { RuleFields } from '@/components/channels/rule-fields';
import { useChannelActs } from '@/components/channels/use-channels';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { Channel, SavedChannel } from '@/lib/contract/channels';

interface ChannelDialogProps {
  /** The one that is changed; without it one is added. */
  channel?: Channel;
  onClose: () => void;
  onSaved: (saved: SavedChannel) => void;
}

/** Adds a channel or changes one: where it goes, and what it hears of. */
export function ChannelDialog({ channel, onClose, onSaved }: ChannelDialogProps) {
  const [draft, setDraft] = useState<ChannelDraft>(() => (channel ? draftOf(channel) : emptyDraft()));
  const acts = useChannelActs(channel?.id);
  const act = channel ? acts.change : acts.add;
  const errors = act.error?.fields ?? {};
  const set = (change: Partial<ChannelDraft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!channel) return acts.add.mutate(newChannelOf(draft), { onSuccess: onSaved });
    const { name, rules } = draft;
    const password = draft.type === 'email' && draft.password !== '' ? draft.password : undefined;
    acts.change.mutate({ name, rules, settings: settingsOf(draft), password }, { onSuccess: onSaved });
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={channel ? `Change ${channel.name}` : 'Add a channel'}
      description="Where word goes of what is wrong with your clusters. A worker sends it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="channel" busy={act.isPending}>
            {channel ? 'Save the channel' : 'Add the channel'}
          </Button>
        </>
      }
    >
      <form id="channel" onSubmit={submit} className="flex flex-col gap-3">
        {act.error ? <ErrorLine error={act.error} /> : null}
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Name" required error={errors.name}>
            <Input
              required
              maxLength={100}
              value={draft.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          </Field>
          <Field label="Goes by" required>
            <Select
              options={[
                { value: 'email', label: 'E-mail (SMTP)' },
                { value: 'webhook', label: 'Webhook (signed JSON)' },
              ]}
              value={draft.type}
              disabled={channel !== undefined}
              onChange={(event) => set({ type: event.target.value === 'webhook' ? 'webhook' : 'email' })}
            />
          </Field>
        </div>
        {draft.type === 'email' ? (
          <EmailFields
            draft={draft}
            set={set}
            errors={errors}
            hasSecret={channel?.type === 'email' && channel.hasSecret}
          />
        ) : (
          <WebhookFields draft={draft} set={set} errors={errors} />
        )}
        <RuleFields
          rules={draft.rules}
          set={(change) => set({ rules: { ...draft.rules, ...change } })}
          errors={errors}
        />
      </form>
    </Dialog>
  );
}
