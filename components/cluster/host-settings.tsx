'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { useToast } from '@/components/ui/toast';
import { changeHostSchema, type HostView, hostSchema } from '@/lib/contract/hosts';

const gigabyte = 2 ** 30;

/** Where the facts of a server's machine come from: a worker on it, its node_exporter, or a person. */
export function HostSettings({ instanceId, refusal }: { instanceId: string; refusal: string | null }) {
  const path = `/api/v1/instances/${instanceId}/host`;
  const host = useApi(path, hostSchema, { topics: [`instance:${instanceId}`] });
  return (
    <Panel
      id="host"
      title="Machine"
      note="Processors, load, memory and disks. The first of the three that answers is believed."
    >
      <QueryState query={host} lines={4}>
        {(data) => (
          <div className="max-w-3xl space-y-4">
            <WorkerLine host={data} />
            <HostForm path={path} host={data} refusal={refusal} />
          </div>
        )}
      </QueryState>
    </Panel>
  );
}

function WorkerLine({ host: { worker } }: { host: HostView }) {
  if (worker?.observedAt && !worker.refusal) {
    return (
      <p className="text-sm">
        <StatusMark status="ok" word={`The worker ${worker.name} runs on this machine`} />{' '}
        <span className="text-muted">
          and looked <Age at={worker.observedAt} />. Nothing below is needed.
        </span>
      </p>
    );
  }
  return (
    <p className="text-sm">
      <StatusMark status="unknown" word="No worker runs on this machine" />{' '}
      <span className="text-muted">
        {worker?.refusal ??
          'Start one there that names this host in PLUMBLINE_HOSTS and may read the data directory, or give one of these:'}
      </span>
    </p>
  );
}

interface Draft {
  exporterUrl: string;
  processors: string;
  memory: string;
  disk: string;
}

const gigabytes = (bytes: number | undefined) =>
  bytes === undefined ? '' : String(Number((bytes / gigabyte).toFixed(2)));

function HostForm({ path, host, refusal }: { path: string; host: HostView; refusal: string | null }) {
  const client = useQueryClient();
  const toast = useToast();
  const [draft, setDraft] = useState<Draft>(() => ({
    exporterUrl: host.exporterUrl ?? '',
    processors: host.typed?.processors === undefined ? '' : String(host.typed.processors),
    memory: gigabytes(host.typed?.memoryBytes),
    disk: gigabytes(host.typed?.diskBytes),
  }));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const input = (name: keyof Draft) => ({
    name,
    value: draft[name],
    onChange: (event: { target: { value: string } }) =>
      setDraft((before) => ({ ...before, [name]: event.target.value })),
    autoComplete: 'off',
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const number = (text: string, factor = 1) => (text.trim() === '' ? undefined : Number(text) * factor);
    const typed = {
      processors: number(draft.processors),
      memoryBytes: number(draft.memory, gigabyte),
      diskBytes: number(draft.disk, gigabyte),
    };
    const parsed = changeHostSchema.safeParse({ exporterUrl: draft.exporterUrl.trim() || null, typed });
    setErrors(
      Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message])),
    );
    if (!parsed.success) return;
    setBusy(true);
    try {
      await api.put(path, parsed.data, hostSchema);
      toast({ title: 'Saved; the machine is looked at now', tone: 'ok' });
      await client.invalidateQueries({ queryKey: [path] });
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(error.fields);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="space-y-3">
      <Field
        label="Address of its node_exporter"
        error={errors.exporterUrl}
        hint="Like http://db1:9100/metrics. A worker reads it; redirects are refused, and of the worker’s own machine all but the server’s host at port 9100."
      >
        <Input {...input('exporterUrl')} type="url" spellCheck={false} />
      </Field>
      <fieldset className="grid gap-3 sm:grid-cols-3">
        <legend className="mb-1 text-sm text-muted">Or its size, for a machine that nobody can ask</legend>
        <Field label="Processors" error={errors['typed.processors']}>
          <Input {...input('processors')} inputMode="numeric" />
        </Field>
        <Field label="Memory, in GB" error={errors['typed.memoryBytes']}>
          <Input {...input('memory')} inputMode="decimal" />
        </Field>
        <Field label="Disk of data, in GB" error={errors['typed.diskBytes']}>
          <Input {...input('disk')} inputMode="decimal" />
        </Field>
      </fieldset>
      <ErrorLine error={failure} />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" busy={busy} disabled={refusal !== null}>
          Save the machine
        </Button>
        {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
      </div>
    </form>
  );
}
