'use client';

import { useUrlState } from '@/components/data/url-state';
import { ChoiceCards } from '@/components/restore/choice-cards';
import { CopyChoice, chosenCopy, WaitsForCopy } from '@/components/restore/copy-choice';
import { PlanButton } from '@/components/restore/plan-button';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import type { Copy } from '@/lib/contract/copies';

const ways = [
  {
    id: 'beside',
    title: 'Beside the live one',
    text: 'A second table to look at and take rows from. The safest: nothing in use is touched.',
  },
  {
    id: 'own-name',
    title: 'Under its own name',
    text: 'It was dropped. It comes back with indexes, constraints, sequences and rights.',
  },
  {
    id: 'merge',
    title: 'Merge by primary key',
    text: 'It is there, and rows are missing. They are inserted; what came since stays.',
  },
];

/** Where the form will be: no copy is open to take a table from. */
export function WaitingTable() {
  return (
    <Panel title="2. Rescue the table" note="From a copy that stands at a moment before the damage.">
      <WaitsForCopy where="in step 1" then="the choice of the table and of how it comes back is" />
    </Panel>
  );
}

/** Rescues one table from an open copy. All that is chosen is in the URL. */
export function TableForm({ clusterId, open }: { clusterId: string; open: readonly Copy[] }) {
  const { jobFor } = useRecoveryJobs();
  const [named, setCopy] = useUrlState('copy');
  const copy = chosenCopy(open, named);
  const [database, setDatabase] = useUrlState('database');
  const [schema, setSchema] = useUrlState('schema', 'public');
  const [table, setTable] = useUrlState('table');
  const [how, setHow] = useUrlState('how', 'beside');
  const [update, setUpdate] = useUrlState('update');
  const missing = [
    ...(copy ? [] : ['a copy']),
    ...(database ? [] : ['the database']),
    ...(table ? [] : ['the table']),
  ];
  const merge = how === 'merge' ? { updateDifferent: update === 'true' } : {};
  return (
    <Panel title="Rescue the table" note="From a copy that stands at a moment before the damage.">
      <div className="space-y-4">
        <CopyChoice open={open} named={named} onChange={setCopy} />
        <div className="grid gap-3 sm:grid-cols-3">
          <Field label="Database" required>
            <Input value={database} onChange={(event) => setDatabase(event.target.value)} />
          </Field>
          <Field label="Schema" required>
            <Input value={schema} onChange={(event) => setSchema(event.target.value)} />
          </Field>
          <Field label="Table" required>
            <Input value={table} onChange={(event) => setTable(event.target.value)} />
          </Field>
        </div>
        <ChoiceCards name="how" legend="How it comes back" choices={ways} value={how} onChange={setHow} />
        {how === 'merge' ? (
          <Checkbox
            label="Put back rows that differ too"
            hint="Without it rows that are there stay as they are now."
            checked={update === 'true'}
            onChange={(event) => setUpdate(event.target.checked ? 'true' : '')}
          />
        ) : null}
        <PlanButton
          job={jobFor('table')}
          clusterId={clusterId}
          input={{ copyId: copy, database, schema, table, how, ...merge }}
          missing={missing}
          label="Plan the rescue"
        />
      </div>
    </Panel>
  );
}
