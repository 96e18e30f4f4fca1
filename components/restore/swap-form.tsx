'use client';

import { useJobChoices } from '@/components/data/jobs';
import { useUrlState } from '@/components/data/url-state';
import { PlanButton } from '@/components/restore/plan-button';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Age } from '@/components/ui/age';
import { Field } from '@/components/ui/field';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';

/** Swaps a restored database in. The plan says who is hit; the replaced one is kept. */
export function SwapForm({ clusterId }: { clusterId: string }) {
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('swap');
  const choices = useJobChoices(job?.id ?? '', job ? clusterId : '', '');
  const [inUse, setInUse] = useUrlState('inUse');
  const [restored, setRestored] = useUrlState('restored');
  const offered = choices.data?.fields.restored;
  const beside = (offered?.items ?? []).map(({ value }) => ({ value, label: value }));
  const inUseNames = (choices.data?.fields.database?.items ?? []).map(({ value }) => ({
    value,
    label: value,
  }));
  const choose = (name: string) => {
    setRestored(name);
    const of = offered?.items.find(({ value }) => value === name)?.with.database;
    if (typeof of === 'string') setInUse(of);
  };
  const isSame = inUse !== '' && inUse === restored;
  const missing = [
    ...(inUse ? [] : ['the database in use']),
    ...(restored && !isSame ? [] : ['the restored database']),
  ];
  return (
    <Panel
      title="2. Swap it in"
      note="Two renames in one transaction. The replaced database is kept for days, and the same swap brings it back."
    >
      <div className="space-y-4">
        <div className="grid max-w-2xl gap-3 sm:grid-cols-2">
          <Field label="Database in use" required>
            <Select
              placeholder="Choose"
              options={inUseNames}
              value={inUse}
              onChange={(event) => setInUse(event.target.value)}
            />
          </Field>
          <Field label="Restored database" required error={isSame ? 'It is the same one.' : null}>
            <Select
              placeholder="Choose"
              options={beside}
              value={restored}
              onChange={(event) => choose(event.target.value)}
            />
          </Field>
        </div>
        <p className="text-sm text-muted">
          {offered && offered.items.length === 0 ? (
            'No database stands beside one in use yet. Restore one first; it is here a minute later.'
          ) : (
            <>
              Databases beside as they were seen <Age at={offered?.observedAt} />; a new one is here within a
              minute.
            </>
          )}
        </p>
        <PlanButton
          job={job}
          clusterId={clusterId}
          input={{ database: inUse, restored }}
          missing={missing}
          label="Plan the swap"
        />
      </div>
    </Panel>
  );
}
