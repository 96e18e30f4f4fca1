'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ClusterFields } from '@/components/cluster/cluster-fields';
import { ApiError, api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { type ClusterView, clusterSchema, type NewCluster } from '@/lib/contract/clusters';

/** Another name or environment for a cluster, and whether it is production. */
export function RenameCluster({ cluster, refusal }: { cluster: ClusterView; refusal: string | null }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<NewCluster>({
    name: cluster.name,
    environment: cluster.environment,
    isProduction: cluster.isProduction,
  });
  const [confirm, setConfirm] = useState('');
  const isLifted = cluster.isProduction && draft.isProduction === false;
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await api.patch(
        `/api/v1/clusters/${cluster.id}`,
        { ...draft, ...(isLifted && { confirm }) },
        clusterSchema,
      );
      await client.invalidateQueries({ queryKey: [`/api/v1/clusters/${cluster.id}`] });
      setOpen(false);
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <>
      <Button disabled={refusal !== null} title={refusal ?? undefined} onClick={() => setOpen(true)}>
        Change …
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Change ${cluster.name}`}>
        <form onSubmit={(event) => void submit(event)} noValidate className="space-y-3">
          <ClusterFields
            {...draft}
            errors={failure instanceof ApiError ? failure.fields : {}}
            onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
          />
          {isLifted ? (
            <Field
              label={`Type ${cluster.name}: one person is then enough for everything on it`}
              required
              error={failure instanceof ApiError ? failure.fields.confirm : undefined}
            >
              <Input
                value={confirm}
                autoComplete="off"
                onChange={(event) => setConfirm(event.target.value)}
              />
            </Field>
          ) : null}
          <ErrorLine error={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Leave it</Button>
            <Button type="submit" look="primary" busy={busy} disabled={isLifted && confirm !== cluster.name}>
              Save
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
