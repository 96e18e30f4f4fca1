'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { CodeBlock } from '@/components/ui/code-block';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import { createdSchema, type TlsModeName, tlsModeSentences, tlsModes } from '@/lib/contract/instances';
import { newPoolerSchema } from '@/lib/contract/poolers';

const empty = {
  name: '',
  host: '',
  port: '6432',
  tlsMode: 'verify-full' as TlsModeName,
  tlsCa: '',
  user: 'plumbline_stats',
  password: '',
  followsPrimary: false,
};

/** What PgBouncer needs to let us look and nothing more. */
const setUp = `; pgbouncer.ini: may look (SHOW …), may change nothing
stats_users = plumbline_stats

; userlist.txt (auth_file)
"plumbline_stats" "the password that you enter here"`;

/** Attaches a PgBouncer: its address, and a login that may read its statistics. */
export function PoolerForm({ instanceId, refusal }: { instanceId: string; refusal: string | null }) {
  const client = useQueryClient();
  const toast = useToast();
  const [draft, setDraft] = useState(empty);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const text = (name: 'name' | 'host' | 'port' | 'user' | 'password' | 'tlsCa') => ({
    name: `pooler.${name}`,
    value: draft[name],
    onChange: (event: { target: { value: string } }) =>
      setDraft((before) => ({ ...before, [name]: event.target.value })),
    autoComplete: name === 'password' ? 'new-password' : 'off',
    spellCheck: false,
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const parsed = newPoolerSchema.safeParse({
      ...draft,
      port: Number(draft.port),
      tlsCa: draft.tlsCa.trim() || null,
    });
    setErrors(
      Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message])),
    );
    if (!parsed.success) return;
    setBusy(true);
    try {
      const path = `/api/v1/instances/${instanceId}/poolers`;
      await api.post(path, parsed.data, createdSchema);
      toast({ title: `${parsed.data.name} is attached; it is asked now`, tone: 'ok' });
      setDraft(empty);
      await client.invalidateQueries({ queryKey: [path] });
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(error.fields);
    }
    setBusy(false);
  };
  return (
    <Panel title="Attach a PgBouncer" note="A login of its admin console that may only look.">
      <form onSubmit={(event) => void submit(event)} noValidate className="max-w-3xl space-y-3">
        <div className="grid gap-3 sm:grid-cols-6">
          <Field label="Name" required error={errors.name} className="sm:col-span-2">
            <Input {...text('name')} />
          </Field>
          <Field label="Host" required error={errors.host} className="sm:col-span-3">
            <Input {...text('host')} />
          </Field>
          <Field label="Port" required error={errors.port}>
            <Input {...text('port')} inputMode="numeric" />
          </Field>
          <Field label="User" required error={errors.user} className="sm:col-span-3">
            <Input {...text('user')} />
          </Field>
          <Field label="Password" required error={errors.password} className="sm:col-span-3">
            <Input {...text('password')} type="password" />
          </Field>
          <Field
            label="TLS"
            required
            hint={tlsModeSentences[draft.tlsMode]}
            error={errors.tlsMode}
            className="sm:col-span-6"
          >
            <Select
              name="pooler.tlsMode"
              value={draft.tlsMode}
              options={tlsModes.map((mode) => ({ value: mode, label: mode }))}
              onChange={(event) =>
                setDraft((before) => ({ ...before, tlsMode: event.target.value as TlsModeName }))
              }
            />
          </Field>
          {draft.tlsMode === 'disable' ? null : (
            <Field
              label="Certificate authority"
              hint="PEM; the well-known ones without it."
              error={errors.tlsCa}
              className="sm:col-span-6"
            >
              <Textarea mono rows={2} {...text('tlsCa')} />
            </Field>
          )}
        </div>
        <Checkbox
          label="It stands before whoever is primary"
          hint="After a failover it is asked beside the new primary."
          checked={draft.followsPrimary}
          onChange={(event) => setDraft((before) => ({ ...before, followsPrimary: event.target.checked }))}
        />
        <details>
          <summary className="cursor-pointer text-sm text-muted">What PgBouncer needs for it</summary>
          <div className="mt-1">
            <CodeBlock code={setUp} label="Settings of PgBouncer" />
          </div>
        </details>
        <ErrorLine error={failure} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" busy={busy} disabled={refusal !== null}>
            Attach it
          </Button>
          {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
        </div>
      </form>
    </Panel>
  );
}
