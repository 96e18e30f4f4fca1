'use client';

import { Flag } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useSetMark } from '@/components/data/changes';
import { useClusters } from '@/components/data/clusters';
import { useApi } from '@/components/data/use-api';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { useToast } from '@/components/ui/toast';
import { accountSchema } from '@/lib/contract/account';
import { isAllowed, permissionRoles } from '@/lib/engine/roles';

/** Sets a mark on the charts by hand; shows how a build does it. */
export function SetMark() {
  const [isOpen, setOpen] = useState(false);
  const account = useApi('/api/v1/account', accountSchema, { pollSeconds: 600 }).data;
  const refusal =
    account && !isAllowed(account.role, 'mark')
      ? `This needs the role ${permissionRoles.mark}; ${account.name} has the role ${account.role}.`
      : undefined;
  return (
    <>
      <Button
        disabled={refusal !== undefined}
        title={refusal}
        icon={<Flag aria-hidden className="size-4" />}
        onClick={() => setOpen(true)}
      >
        Set a mark
      </Button>
      {isOpen ? <MarkDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function MarkDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [clusterId, setClusterId] = useState('');
  const clusters = useClusters().data?.items ?? [];
  const toast = useToast();
  const set = useSetMark();
  const fields = set.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set.mutate(
      { text, clusterId: clusterId || null },
      {
        onSuccess: () => {
          toast({ title: 'Marked', text, tone: 'ok' });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Set a mark"
      description="It stands on the charts and among the changes from now on, with your name: a deploy, a switch, a load test."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="set-mark" busy={set.isPending}>
            Set the mark
          </Button>
        </>
      }
    >
      <form id="set-mark" onSubmit={submit} className="flex flex-col gap-3">
        {set.error && Object.keys(fields).length === 0 ? <ErrorLine error={set.error} /> : null}
        <Field label="Text" required error={fields.text}>
          <Input required maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <Field label="Cluster" error={fields.clusterId}>
          <Select
            placeholder="Every cluster"
            options={clusters.map((cluster) => ({ value: cluster.id, label: cluster.name }))}
            value={clusterId}
            onChange={(event) => setClusterId(event.target.value)}
          />
        </Field>
        <div>
          <p className="mb-1 text-sm text-muted">A build sets one by itself, with a token of an operator:</p>
          <CodeBlock
            code={'plumbline mark "Deploy 4711" --cluster NAME --key build-4711'}
            label="Command"
            wrap
          />
        </div>
      </form>
    </Dialog>
  );
}
