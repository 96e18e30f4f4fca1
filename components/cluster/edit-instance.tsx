'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changeOf, draftsOf, movedFields } from '@/components/cluster/instance-change';
import { fieldErrors } from '@/components/cluster/instance-draft';
import { LoginFields } from '@/components/cluster/login-fields';
import { PlaceFields } from '@/components/cluster/place-fields';
import { majorOf } from '@/components/cluster/words';
import { ApiError, api } from '@/components/data/api';
import { setUrl } from '@/components/data/url-state';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { useToast } from '@/components/ui/toast';
import {
  changeInstanceSchema,
  createdSchema,
  type InstanceDetail,
  instanceDetailSchema,
} from '@/lib/contract/instances';

/** Place and logins of an instance. A changed place asks for each password again. */
export function EditInstance({ instance, refusal }: { instance: InstanceDetail; refusal: string | null }) {
  const client = useQueryClient();
  const toast = useToast();
  const [drafts, setDrafts] = useState(() => draftsOf(instance));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const moved = movedFields(instance, drafts.place);
  const stillKept = Object.values(drafts.logins).some((login) => login.enabled && login.kept);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const change = changeOf(instance, drafts);
    const parsed = changeInstanceSchema.safeParse(change);
    if (!parsed.success) {
      const fields = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message] as const);
      setErrors(fieldErrors(Object.fromEntries([...fields].reverse()), change.logins ?? []));
      return;
    }
    setErrors({});
    setBusy(true);
    try {
      const path = `/api/v1/instances/${instance.id}`;
      const changed = await api.patch(path, parsed.data, instanceDetailSchema);
      setDrafts(draftsOf(changed));
      const retest = moved.length > 0 || (change.logins ?? []).length > 0;
      if (retest) {
        const activate = changed.state === 'draft';
        const { id } = await api.post(`${path}/test`, { activate }, createdSchema);
        setUrl({ test: id });
      }
      toast({ title: retest ? 'Saved; the connection is tested now' : 'Saved', tone: 'ok' });
      await client.invalidateQueries({ queryKey: [path] });
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(fieldErrors(error.fields, change.logins ?? []));
    }
    setBusy(false);
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
      <Panel title="Server">
        <PlaceFields
          draft={drafts.place}
          errors={errors}
          onChange={(change) => setDrafts((before) => ({ ...before, place: { ...before.place, ...change } }))}
        />
        {moved.length > 0 && stillKept ? (
          <p role="status" className="mt-3 text-sm">
            <StatusMark status="warn" word={`Another ${moved.join(', ')}`} /> A stored password is never sent
            anywhere but where it was entered for. Enter each again below, or leave the login out.
          </p>
        ) : null}
      </Panel>
      <Panel title="Logins" note="Stored passwords are sealed for the workers and cannot be shown.">
        <LoginFields
          drafts={drafts.logins}
          errors={errors}
          major={majorOf(instance.serverVersionNum)}
          onChange={(purpose, change) =>
            setDrafts((before) => ({
              ...before,
              logins: { ...before.logins, [purpose]: { ...before.logins[purpose], ...change } },
            }))
          }
        />
      </Panel>
      <ErrorLine error={failure} />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" busy={busy} disabled={refusal !== null}>
          Save
        </Button>
        {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
      </div>
    </form>
  );
}
