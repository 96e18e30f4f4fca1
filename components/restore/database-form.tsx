'use client';

import { useBackups } from '@/components/data/backups';
import { useUrlState } from '@/components/data/url-state';
import { ChoiceCards } from '@/components/restore/choice-cards';
import { CopyChoice, chosenCopy, WaitsForCopy } from '@/components/restore/copy-choice';
import { PlanButton } from '@/components/restore/plan-button';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { formatBytes } from '@/lib/base/format';
import type { Copy } from '@/lib/contract/copies';

const sources = [
  { id: 'dump', title: 'From a dump', text: 'The database as it was when the dump was taken.' },
  { id: 'copy', title: 'From an open copy', text: 'The database at the copy’s moment, to the second.' },
];

/** Restores a database beside the one in use. All that is chosen is in the URL. */
export function DatabaseForm({ clusterId, open }: { clusterId: string; open: readonly Copy[] }) {
  const { jobFor } = useRecoveryJobs();
  const [from, setFrom] = useUrlState('from', 'dump');
  const [named, setCopy] = useUrlState('copy');
  const copy = chosenCopy(open, named);
  const [backup, setBackup] = useUrlState('backup');
  const [database, setDatabase] = useUrlState('database');
  const isDump = from === 'dump';
  const missing = isDump
    ? backup
      ? []
      : ['a dump']
    : [...(copy ? [] : ['a copy']), ...(database ? [] : ['the database'])];
  return (
    <Panel
      title="1. Restore it beside"
      note="A new database next to the one in use, which is not touched. Then compare, and only then swap."
    >
      <div className="space-y-4">
        <ChoiceCards
          name="from"
          legend="Where the rows come from"
          choices={sources}
          value={from}
          onChange={setFrom}
        />
        {isDump ? <DumpChoice clusterId={clusterId} value={backup} onChange={setBackup} /> : null}
        {isDump || open.length === 0 ? null : (
          <>
            <CopyChoice open={open} named={named} onChange={setCopy} />
            <Field label="Database" required className="max-w-xs">
              <Input value={database} onChange={(event) => setDatabase(event.target.value)} />
            </Field>
          </>
        )}
        {isDump || open.length > 0 ? (
          <PlanButton
            job={jobFor('database')}
            clusterId={clusterId}
            input={isDump ? { backupId: backup } : { copyId: copy, database }}
            missing={missing}
            label="Plan the restore beside"
          />
        ) : (
          <WaitsForCopy where="in the next panel" then="the choice of the database is" />
        )}
      </div>
    </Panel>
  );
}

interface DumpChoiceProps {
  clusterId: string;
  value: string;
  onChange: (id: string) => void;
}

function DumpChoice({ clusterId, value, onChange }: DumpChoiceProps) {
  const query = useBackups({ clusterId, limit: 100 });
  return (
    <QueryState query={query} lines={1}>
      {({ items }) => {
        const dumps = items.filter(({ type, state }) => type === 'logical' && state === 'ready');
        if (dumps.length === 0) {
          return <p className="text-sm text-muted">This cluster has no dump that is ready.</p>;
        }
        const drilled = {
          pass: ', drilled: pass',
          partial: ', drilled: partial',
          fail: ', drill FAILED',
          info: '',
        };
        return (
          <Field
            label="Dump"
            required
            hint="Newest first; one whose drill passed is proven."
            className="max-w-xl"
          >
            <Select
              placeholder="Choose a dump"
              options={dumps.map(({ id, database, finishedAt, bytes, lastDrill }) => ({
                value: id,
                label: `${database ?? ''}, ${finishedAt.replace('T', ' ').slice(0, 16)} UTC, ${formatBytes(bytes)}${lastDrill ? drilled[lastDrill.verdict] : ', never drilled'}`,
              }))}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
          </Field>
        );
      }}
    </QueryState>
  );
}
