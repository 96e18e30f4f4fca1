'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { z } from 'zod';
import { api } from '@/components/data/api';
import { retentionPath } from '@/components/data/retention';
import { setUrl } from '@/components/data/url-state';
import { draftOf, type PolicyDraft, policyFields, policyOf } from '@/components/retention/policy-fields';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { useToast } from '@/components/ui/toast';
import { type Retention, retentionPolicySchema } from '@/lib/contract/retention';

const noNumbers = Object.fromEntries([...policyFields.map(({ name }) => [name, null]), ['zone', null]]);

/** The numbers: tried first (they stand in the address then), stored when they are right. Nothing goes by storing. */
export function PolicyForm({ data, refusal }: { data: Retention; refusal: string | null }) {
  const client = useQueryClient();
  const toast = useToast();
  const [draft, setDraft] = useState<PolicyDraft>(draftOf(data.policy));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const read = () => {
    const parsed = retentionPolicySchema.safeParse(policyOf(draft));
    setErrors(
      Object.fromEntries(
        (parsed.error?.issues ?? []).map((issue) => [String(issue.path.at(-1)), issue.message]),
      ),
    );
    return parsed.data;
  };
  const look = () => {
    if (read()) setUrl(draft);
  };
  const store = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const policy = read();
    if (!policy) return;
    setBusy(true);
    try {
      await api.put(retentionPath(data.clusterId), policy, z.null());
      setUrl(noNumbers);
      await client.invalidateQueries({ queryKey: [retentionPath(data.clusterId)] });
      toast({ title: 'Stored. Nothing goes before an expiry is run.', tone: 'ok' });
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  const field = (name: keyof PolicyDraft) => ({
    name: `retention.${name}`,
    value: draft[name],
    onChange: (event: { target: { value: string } }) =>
      setDraft((before) => ({ ...before, [name]: event.target.value })),
    autoComplete: 'off',
  });
  return (
    <Panel
      title="How long"
      note={
        data.isDefault
          ? 'Nobody has chosen yet: these are the console’s own numbers.'
          : `Chosen by ${data.updatedByName}.`
      }
    >
      <form onSubmit={(event) => void store(event)} noValidate className="space-y-3">
        {['Dumps', 'Backup sets'].map((group) => (
          <fieldset key={group}>
            <legend className="mb-1 text-sm font-semibold">{group}</legend>
            <div className="grid gap-3 sm:grid-cols-3">
              {policyFields
                .filter((one) => one.group === group)
                .map(({ name, label, hint }) => (
                  <Field key={name} label={label} required hint={hint} error={errors[name]}>
                    <Input {...field(name)} inputMode="numeric" />
                  </Field>
                ))}
            </div>
          </fieldset>
        ))}
        <Field
          label="Time zone"
          required
          hint="Where a day begins: Europe/Berlin, UTC …"
          error={errors.zone}
          className="max-w-96"
        >
          <Input {...field('zone')} spellCheck={false} />
        </Field>
        <ErrorLine error={failure} />
        <div className="flex flex-wrap items-center gap-2">
          <Button onClick={look}>See what it would do</Button>
          <Button type="submit" look="primary" busy={busy} disabled={refusal !== null}>
            Store these numbers
          </Button>
          {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
        </div>
      </form>
    </Panel>
  );
}
