'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';
import { type ApiError, api } from '@/components/data/api';
import { keepCopy } from '@/components/data/copies';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { useToast } from '@/components/ui/toast';
import type { Copy } from '@/lib/contract/copies';

/** Lets a copy stay longer, or closes it. */
export function CopyActs({ copy }: { copy: Copy }) {
  const client = useQueryClient();
  const toast = useToast();
  const [isAsking, setAsking] = useState(false);
  const fresh = () => void client.invalidateQueries({ queryKey: [`/api/v1/copies/${copy.id}`] });
  const keep = useMutation<void, ApiError>({
    mutationFn: () => keepCopy(copy.id, 24),
    onSuccess: () => {
      toast({ title: 'It stays for 24 hours from now.', tone: 'ok' });
      fresh();
    },
    onError: (error) => toast({ title: error.message, text: error.next, tone: 'crit' }),
  });
  const close = useMutation<unknown, ApiError>({
    mutationFn: () => api.post(`/api/v1/copies/${copy.id}/close`, {}, z.unknown()),
    onSuccess: () => {
      setAsking(false);
      fresh();
    },
  });
  if (copy.state !== 'open') return null;
  return (
    <>
      <Button busy={keep.isPending} onClick={() => keep.mutate()}>
        Keep 24 hours more
      </Button>
      <Button onClick={() => setAsking(true)}>Close it…</Button>
      <Dialog
        open={isAsking}
        onOpenChange={setAsking}
        title="Close this copy"
        description="Its server is stopped and its files are removed. The live server and the backups are not touched."
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button look="danger" busy={close.isPending} onClick={() => close.mutate()}>
              Close the copy
            </Button>
          </>
        }
      >
        {close.error ? <ErrorLine error={close.error} /> : null}
      </Dialog>
    </>
  );
}
