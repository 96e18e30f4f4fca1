'use client';

import type { PlaceDraft } from '@/components/cluster/instance-draft';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import { type TlsModeName, tlsModeSentences, tlsModes } from '@/lib/contract/instances';

interface PlaceFieldsProps {
  draft: PlaceDraft;
  onChange: (change: Partial<PlaceDraft>) => void;
  errors: Record<string, string>;
}

const tlsWords: Record<TlsModeName, string> = {
  'verify-full': 'recommended',
  'verify-ca': 'weaker',
  require: 'weaker',
  disable: 'not protected',
};

/** Where the server is and how the way to it is protected. */
export function PlaceFields({ draft, onChange, errors }: PlaceFieldsProps) {
  const text = (name: Exclude<keyof PlaceDraft, 'tlsMode'>) => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
    name,
    autoComplete: 'off',
    spellCheck: false,
  });
  return (
    <div className="grid max-w-3xl gap-3 sm:grid-cols-6">
      <Field
        label="Name"
        required
        error={errors.name}
        className="sm:col-span-6"
        hint="How people call this server."
      >
        <Input {...text('name')} />
      </Field>
      <Field
        label="Host"
        required
        error={errors.host}
        className="sm:col-span-4"
        hint="A host name or an IP address."
      >
        <Input {...text('host')} placeholder="db1.example.org" />
      </Field>
      <Field label="Port" required error={errors.port} className="sm:col-span-2">
        <Input {...text('port')} inputMode="numeric" />
      </Field>
      <Field
        label="Maintenance database"
        required
        error={errors.database}
        className="sm:col-span-3"
        hint="Connected to first; the other databases are found."
      >
        <Input {...text('database')} />
      </Field>
      <Field
        label="Worker pool"
        required
        error={errors.pool}
        className="sm:col-span-3"
        hint="Workers of this pool can reach the server."
      >
        <Input {...text('pool')} />
      </Field>
      <Field
        label="TLS"
        required
        error={errors.tlsMode}
        className="sm:col-span-6"
        hint={<TlsHint mode={draft.tlsMode} />}
      >
        <Select
          name="tlsMode"
          value={draft.tlsMode}
          onChange={(event) => onChange({ tlsMode: event.target.value as TlsModeName })}
          options={tlsModes.map((mode) => ({
            value: mode,
            label: `${mode} (${tlsWords[mode]})`,
          }))}
        />
      </Field>
      {draft.tlsMode === 'disable' ? null : (
        <details className="sm:col-span-6" open={Boolean(draft.tlsCa || errors.tlsCa || errors.tlsKey)}>
          <summary className="cursor-pointer text-sm text-muted hover:text-ink">
            Own certificate authority, client certificate
          </summary>
          <div className="mt-2 grid gap-3">
            <Field
              label="Certificate authority"
              error={errors.tlsCa}
              hint="PEM of the authority that signed the server’s certificate. Empty: the well-known ones."
            >
              <Textarea mono rows={4} {...text('tlsCa')} placeholder="-----BEGIN CERTIFICATE-----" />
            </Field>
            <Field
              label="Client certificate"
              error={errors.tlsCertificate}
              hint="PEM, if the server asks for one."
            >
              <Textarea mono rows={4} {...text('tlsCertificate')} placeholder="-----BEGIN CERTIFICATE-----" />
            </Field>
            <Field
              label="Key of the client certificate"
              error={errors.tlsKey}
              hint="PEM without a passphrase. Sealed like a password; it is never shown again."
            >
              <Textarea mono rows={4} {...text('tlsKey')} placeholder="-----BEGIN PRIVATE KEY-----" />
            </Field>
          </div>
        </details>
      )}
    </div>
  );
}

function TlsHint({ mode }: { mode: TlsModeName }) {
  return (
    <span className="flex items-start gap-x-2">
      <StatusMark status={mode === 'verify-full' ? 'ok' : mode === 'disable' ? 'crit' : 'warn'} word="" />
      {tlsModeSentences[mode]}
    </span>
  );
}
