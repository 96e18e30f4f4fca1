'use client';

import { useEffect } from 'react';
import { useClusters } from '@/components/data/clusters';
import { runsOnWords } from '@/components/runs/words';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import type { Job } from '@/lib/contract/jobs';

interface TargetFieldsProps {
  job: Pick<Job, 'runsOn'>;
  clusterId: string;
  instanceId: string;
  onChange: (target: { clusterId: string; instanceId: string }) => void;
  /** A schedule belongs to the cluster and finds its server by role at each firing. */
  clusterOnly?: boolean;
}

/** Which cluster, and which of its servers unless the role may decide. */
export function TargetFields({
  job,
  clusterId,
  instanceId,
  onChange,
  clusterOnly = false,
}: TargetFieldsProps) {
  const clusters = useClusters().data?.items ?? [];
  const only = clusters.length === 1 ? clusters[0]?.id : undefined;
  useEffect(() => {
    // Where there is one cluster there is nothing to choose.
    if (only && clusterId === '') onChange({ clusterId: only, instanceId: '' });
  }, [only, clusterId, onChange]);
  const cluster = clusters.find(({ id }) => id === clusterId);
  const fitting = (cluster?.instances ?? []).filter(
    ({ state, role }) =>
      state === 'active' && (job.runsOn === 'any' || role === job.runsOn || role === 'unknown'),
  );
  return (
    <>
      <Field
        label="Cluster"
        required
        hint={clusters.length === 0 ? 'No cluster is watched yet: add one first.' : undefined}
      >
        <Select
          name="clusterId"
          value={clusterId}
          placeholder="Choose…"
          options={clusters.map(({ id, name, environment }) => ({
            value: id,
            label: `${name} (${environment})`,
          }))}
          onChange={(event) => onChange({ clusterId: event.target.value, instanceId: '' })}
        />
      </Field>
      {clusterOnly ? null : (
        <Field
          label="Server"
          hint={`Without a choice it is ${runsOnWords[job.runsOn]}${job.runsOn === 'any' ? ' of the cluster' : ', by its role at that moment'}.`}
        >
          <Select
            name="instanceId"
            value={instanceId}
            placeholder="By role"
            disabled={!cluster}
            options={fitting.map(({ id, name, role }) => ({ value: id, label: `${name} (${role})` }))}
            onChange={(event) => onChange({ clusterId, instanceId: event.target.value })}
          />
        </Field>
      )}
    </>
  );
}
