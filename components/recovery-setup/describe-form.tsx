'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, api } from '@/components/data/api';
import { stanzaPath } from '@/components/data/stanza';
import { setUrl, useUrlState } from '@/components/data/url-state';
import {
  emptyRepository,
  type RepositoryDraft,
  RepositoryFields,
  repositoryBody,
} from '@/components/recovery-setup/repository-fields';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { newStanzaSchema, type StanzaMade, stanzaMadeSchema } from '@/lib/contract/stanzas';

interface DescribeFormProps {
  clusterId: string;
  clusterName: string;
  refusal: string | null;
  onMade: (passes: StanzaMade['passes']) => void;
}

const ways = [
  { value: 'configure', label: 'Set up new backups' },
  { value: 'adopt', label: 'pgBackRest is set up here already: adopt it' },
];

/** Says where backups go, or which stanza of somebody else is taken as it is. Nothing is done on the server by it. */
export function DescribeForm({ clusterId, clusterName, refusal, onMade }: DescribeFormProps) {
  const client = useQueryClient();
  const [how] = useUrlState('how', 'configure');
  const [name, setName] = useState(
    clusterName.replaceAll(/[^\w-]+/g, '-').replaceAll(/^[^A-Za-z0-9]+/g, '') || 'main',
  );
  const [configPath, setConfigPath] = useState('/etc/pgbackrest.conf');
  const [repositories, setRepositories] = useState<RepositoryDraft[]>([emptyRepository(0)]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const isAdoption = how === 'adopt';
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const parsed = newStanzaSchema.safeParse(
      isAdoption
        ? { how: 'adopt', name, configPath }
        : { how: 'configure', name, repositories: repositories.map(repositoryBody) },
    );
    setErrors(
      Object.fromEntries((parsed.error?.issues ?? []).map((issue) => [issue.path.join('.'), issue.message])),
    );
    if (!parsed.success) return;
    setBusy(true);
    try {
      const made = await api.post(stanzaPath(clusterId), parsed.data, stanzaMadeSchema);
      onMade(made.passes);
      await client.invalidateQueries({ queryKey: [stanzaPath(clusterId)] });
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(error.fields);
    }
    setBusy(false);
  };
  const change = (key: number, patch: Partial<RepositoryDraft>) =>
    setRepositories((before) => before.map((one) => (one.key === key ? { ...one, ...patch } : one)));
  return (
    <Panel
      title="1 · Where backups go"
      note="Nothing is written to the server yet: a plan shows first what will be."
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="max-w-3xl space-y-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="How" required>
            <Select
              name="how"
              value={how}
              options={ways}
              onChange={(event) => setUrl({ how: event.target.value })}
            />
          </Field>
          <Field
            label="Stanza"
            required
            hint={isAdoption ? 'As it stands in its configuration.' : 'pgBackRest’s name of these backups.'}
            error={errors.name}
          >
            <Input
              name="name"
              value={name}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
        </div>
        {isAdoption ? (
          <Field
            label="Configuration file"
            required
            hint="On the host of the server. It stays as it is, with its retention and its schedules."
            error={errors.configPath}
          >
            <Input
              name="configPath"
              value={configPath}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setConfigPath(event.target.value)}
            />
          </Field>
        ) : (
          <>
            {repositories.map((draft, index) => (
              <RepositoryFields
                key={draft.key}
                draft={draft}
                index={index}
                errors={errors}
                prefix={`repositories.${index}.`}
                onChange={(patch) => change(draft.key, patch)}
                onRemove={
                  repositories.length > 1
                    ? () => setRepositories((before) => before.filter(({ key }) => key !== draft.key))
                    : undefined
                }
              />
            ))}
            <Button
              disabled={repositories.length >= 4}
              onClick={() =>
                setRepositories((before) => [...before, emptyRepository((before.at(-1)?.key ?? 0) + 1)])
              }
            >
              Add another repository
            </Button>
          </>
        )}
        <ErrorLine error={failure} />
        <div className="flex justify-end">
          <Button
            type="submit"
            look="primary"
            busy={busy}
            disabled={refusal !== null}
            title={refusal ?? undefined}
          >
            Save this description
          </Button>
        </div>
      </form>
    </Panel>
  );
}
