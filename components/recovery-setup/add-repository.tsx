'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { stanzaPath } from '@/components/data/stanza';
import {
  emptyRepository,
  RepositoryFields,
  repositoryBody,
} from '@/components/recovery-setup/repository-fields';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { newRepositorySchema, type StanzaMade, stanzaMadeSchema } from '@/lib/contract/stanzas';

interface AddRepositoryProps {
  clusterId: string;
  /** Its number will be the next one. */
  count: number;
  refusal: string | null;
  onMade: (passes: StanzaMade['passes']) => void;
}

/** One more place for the same backups and the same WAL. */
export function AddRepository({ clusterId, count, refusal, onMade }: AddRepositoryProps) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState(() => ({ ...emptyRepository(0), path: '' }));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const parsed = newRepositorySchema.safeParse(repositoryBody(draft));
    setErrors(
      Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message])),
    );
    if (!parsed.success) return;
    setBusy(true);
    try {
      const made = await api.post(`${stanzaPath(clusterId)}/repositories`, parsed.data, stanzaMadeSchema);
      await client.invalidateQueries({ queryKey: [stanzaPath(clusterId)] });
      setOpen(false);
      onMade(made.passes);
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(error.fields);
    }
    setBusy(false);
  };
  return (
    <>
      <Button
        size="small"
        disabled={refusal !== null}
        title={refusal ?? undefined}
        onClick={() => setOpen(true)}
      >
        Add a repository …
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Add a repository"
        description="Backups and WAL go there too once the set-up has run again."
      >
        <form onSubmit={(event) => void submit(event)} noValidate className="space-y-3">
          <RepositoryFields
            draft={draft}
            index={count}
            errors={errors}
            prefix=""
            onChange={(patch) => setDraft((before) => ({ ...before, ...patch }))}
            onRemove={undefined}
          />
          <ErrorLine error={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Leave it</Button>
            <Button type="submit" look="primary" busy={busy}>
              Add it
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
