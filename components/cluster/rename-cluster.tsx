'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ClusterFields } from '@/components/cluster/cluster-fields';
import { ApiError, api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { type ClusterView, clusterSchema } from '@/lib/contract/clusters';

/** Another name or environment for a cluster. */
export function RenameCluster({ cluster, refusal }: { cluster: ClusterView; refusal: string | null }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState({ name: cluster.name, environment: cluster.environment });
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await api.patch(`/api/v1/clusters/${cluster.id}`, draft, clusterSchema);
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
        Rename …
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Rename ${cluster.name}`}>
        <form onSubmit={(event) => void submit(event)} noValidate className="space-y-3">
          <ClusterFields
            {...draft}
            errors={failure instanceof ApiError ? failure.fields : {}}
            onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
          />
          <ErrorLine error={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Leave it</Button>
            <Button type="submit" look="primary" busy={busy}>
              Save
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
