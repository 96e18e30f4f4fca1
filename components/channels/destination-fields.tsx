'use client';

import type { ChannelDraft } from '@/components/channels/channel-draft';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { MailTls } from '@/lib/contract/channels';

interface FieldsProps {
  draft: ChannelDraft;
  set: (change: Partial<ChannelDraft>) => void;
  /** Sentences of the API, by the name that it gives a field. */
  errors: Record<string, string>;
  /** A password is kept already. */
  hasSecret: boolean;
}

const tlsOptions = [
  { value: 'starttls', label: 'STARTTLS, demanded (587)' },
  { value: 'tls', label: 'TLS from the first byte (465)' },
  { value: 'none', label: 'None: readable on the way' },
];

/** Where a mail goes: server, login, addresses. */
export function EmailFields({ draft, set, errors, hasSecret }: FieldsProps) {
  const toError = Object.entries(errors).find(([name]) => name.startsWith('settings.to'))?.[1];
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-[2fr_1fr]">
        <Field label="Mail server" required error={errors['settings.host']}>
          <Input required value={draft.host} onChange={(event) => set({ host: event.target.value })} />
        </Field>
        <Field label="Port" required error={errors['settings.port']}>
          <Input
            required
            type="number"
            min={1}
            max={65535}
            value={draft.port}
            onChange={(event) => set({ port: event.target.value })}
          />
        </Field>
      </div>
      <Field
        label="Encryption"
        required
        hint="The server’s certificate is verified in both encrypted modes."
        error={errors['settings.tls']}
      >
        <Select
          options={tlsOptions}
          value={draft.tls}
          onChange={(event) => set({ tls: event.target.value as MailTls })}
        />
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="User" error={errors['settings.username']} hint="Empty: without a login.">
          <Input
            value={draft.username}
            autoComplete="off"
            onChange={(event) => set({ username: event.target.value })}
          />
        </Field>
        <Field
          label="Password"
          error={errors.password}
          hint={
            hasSecret
              ? 'Kept, for this server and user alone: empty leaves it.'
              : 'Sealed to the workers’ key; nobody reads it again.'
          }
        >
          <Input
            type="password"
            value={draft.password}
            autoComplete="new-password"
            onChange={(event) => set({ password: event.target.value })}
          />
        </Field>
      </div>
      <Field label="Sender" required error={errors['settings.from']}>
        <Input
          type="email"
          required
          value={draft.from}
          onChange={(event) => set({ from: event.target.value })}
        />
      </Field>
      <Field label="To" required error={toError} hint="One address in a line.">
        <Textarea required value={draft.to} onChange={(event) => set({ to: event.target.value })} />
      </Field>
    </>
  );
}

/** Where a webhook goes. */
export function WebhookFields({ draft, set, errors }: Omit<FieldsProps, 'hasSecret'>) {
  return (
    <Field
      label="Address"
      required
      error={errors['settings.url']}
      hint="https or http. Redirects are not followed; addresses of the worker’s own machine or link are refused unless the worker is told of them."
    >
      <Input
        required
        type="url"
        value={draft.url}
        placeholder="https://hooks.example.org/plumbline"
        onChange={(event) => set({ url: event.target.value })}
      />
    </Field>
  );
}
