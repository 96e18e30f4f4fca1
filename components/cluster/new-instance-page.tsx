'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ClusterFields } from '@/components/cluster/cluster-fields';
import {
  emptyLogins,
  emptyPlace,
  fieldErrors,
  type LoginDrafts,
  loginsOf,
  placeOf,
} from '@/components/cluster/instance-draft';
import { LoginFields } from '@/components/cluster/login-fields';
import { PlaceFields } from '@/components/cluster/place-fields';
import { majors } from '@/components/cluster/words';
import { ApiError, api } from '@/components/data/api';
import { useClusters } from '@/components/data/clusters';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { type NewCluster as ClusterDraft, newClusterSchema } from '@/lib/contract/clusters';
import { createdSchema, newInstanceSchema } from '@/lib/contract/instances';

const newCluster = 'new';

/** The refused fields of a draft that the browser can judge by itself. */
function wrongFields(issues: readonly { path: PropertyKey[]; message: string }[]): Record<string, string> {
  return Object.fromEntries([...issues].reverse().map((issue) => [issue.path.join('.'), issue.message]));
}

/** Adds a server: its cluster, its place, its logins; then it is tested and watched. */
export function NewInstancePage({ refusal }: { refusal: string | null }) {
  const router = useRouter();
  const params = useSearchParams();
  const clusters = useClusters().data?.items;
  const [chosen, setChosen] = useState(params.get('clusterId') ?? '');
  const clusterId = chosen || (clusters?.length === 0 ? newCluster : '');
  const [cluster, setCluster] = useState<ClusterDraft>({ name: '', environment: 'production' });
  const [place, setPlace] = useState(() => ({
    ...emptyPlace,
    name: params.get('name') ?? '',
    host: params.get('host') ?? '',
    port: params.get('port') ?? '5432',
  }));
  const [logins, setLogins] = useState<LoginDrafts>(emptyLogins);
  const [major, setMajor] = useState<number>(majors[1]);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailure(null);
    const given = loginsOf(logins);
    const unknownCluster = '00000000-0000-7000-8000-000000000000';
    const parsed = newInstanceSchema.safeParse({
      ...placeOf(place),
      clusterId: clusterId === newCluster ? unknownCluster : clusterId,
      logins: given,
    });
    const parsedCluster = clusterId === newCluster ? newClusterSchema.safeParse(cluster) : undefined;
    const wrong = {
      ...(parsed.success ? {} : fieldErrors(wrongFields(parsed.error.issues), given)),
      ...(parsedCluster && !parsedCluster.success
        ? Object.fromEntries(
            Object.entries(wrongFields(parsedCluster.error.issues)).map(([name, text]) => [
              `cluster.${name}`,
              text,
            ]),
          )
        : {}),
    };
    setErrors(wrong);
    if (!parsed.success || Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      let into = clusterId;
      if (parsedCluster?.success) {
        const added = await api.post('/api/v1/clusters', parsedCluster.data, createdSchema);
        into = added.id;
        // The form now belongs to that cluster: a second try must not make another one.
        setChosen(added.id);
      }
      const instance = await api.post(
        '/api/v1/instances',
        { ...parsed.data, clusterId: into },
        createdSchema,
      );
      const test = await api.post(`/api/v1/instances/${instance.id}/test`, { activate: true }, createdSchema);
      router.push(`/instances/${instance.id}/settings?test=${test.id}`);
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) setErrors(fieldErrors(error.fields, given));
      setBusy(false);
    }
  };

  return (
    <>
      <PageHeader
        title="Add a server"
        note="Nothing is changed on the server. It is watched as soon as its connection test has passed; until then it is a draft."
      />
      <form onSubmit={(event) => void submit(event)} className="space-y-4" noValidate>
        <Panel
          title="Cluster"
          note="A primary and its standbys. History, backups and schedules belong to it."
        >
          <div className="grid max-w-3xl gap-3 sm:grid-cols-2">
            <Field label="Cluster" required error={errors.clusterId}>
              <Select
                name="clusterId"
                value={clusterId}
                onChange={(event) => setChosen(event.target.value)}
                placeholder="Choose …"
                options={[
                  ...(clusters ?? []).map(({ id, name }) => ({ value: id, label: name })),
                  { value: newCluster, label: 'A new cluster' },
                ]}
              />
            </Field>
          </div>
          {clusterId === newCluster ? (
            <div className="mt-3">
              <ClusterFields
                {...cluster}
                errors={{
                  name: errors['cluster.name'] ?? '',
                  environment: errors['cluster.environment'] ?? '',
                }}
                onChange={(change) => setCluster((before) => ({ ...before, ...change }))}
              />
            </div>
          ) : null}
        </Panel>
        <Panel title="Server">
          <PlaceFields
            draft={place}
            errors={errors}
            onChange={(change) => setPlace((before) => ({ ...before, ...change }))}
          />
        </Panel>
        <Panel
          title="Logins"
          note="One role per purpose, so that each password is worth as little as possible. Passwords are sealed for the workers in this moment; not even this console can read them again."
          actions={
            <Select
              aria-label="Server version for the scripts"
              className="h-7 w-56 text-sm"
              value={String(major)}
              onChange={(event) => setMajor(Number(event.target.value))}
              options={majors.map((one) => ({ value: String(one), label: `Scripts for PostgreSQL ${one}` }))}
            />
          }
        >
          <LoginFields
            drafts={logins}
            errors={errors}
            major={major}
            onChange={(purpose, change) =>
              setLogins((before) => ({ ...before, [purpose]: { ...before[purpose], ...change } }))
            }
          />
        </Panel>
        <ErrorLine error={failure} />
        {Object.keys(errors).length > 0 ? (
          <p role="alert" className="text-sm text-crit">
            Some fields are not right yet; each says what is wrong.
          </p>
        ) : null}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" busy={busy} disabled={refusal !== null}>
            Add and test the connection
          </Button>
          {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
        </div>
      </form>
    </>
  );
}
