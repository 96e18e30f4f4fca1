'use client';

import { UserCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { GlassTable } from '@/components/approvals/glass-table';
import { useApprovalMinutes, useApprovals } from '@/components/approvals/use-approvals';
import { WaitingTable } from '@/components/approvals/waiting-table';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { Approvals } from '@/lib/contract/approvals';

/** What waits for another person's word, and what was done without one. */
export function ApprovalsPage() {
  const query = useApprovals();
  return (
    <>
      <PageHeader
        title="Approvals"
        note="On production some acts need two people: one asks, another approves exactly what was planned."
      />
      <div className="flex flex-col gap-4">
        <Panel title="Waiting for a second person" flush>
          <QueryState
            query={query}
            empty={({ waiting }) =>
              waiting.length > 0 ? undefined : (
                <EmptyState title="Nothing waits" icon={UserCheck}>
                  A plan comes here when its page asks for a second person. It stays for a day.
                </EmptyState>
              )
            }
          >
            {({ waiting }) => <WaitingTable plans={waiting} />}
          </QueryState>
        </Panel>
        <Panel
          title="Broken glass"
          note="Started by a dba alone. Another person looks at the run and writes what they think of it."
          flush
        >
          <QueryState
            query={query}
            empty={({ glass }) =>
              glass.length > 0 ? undefined : (
                <EmptyState title="The glass is whole">
                  Nobody has started alone what needs two people.
                </EmptyState>
              )
            }
          >
            {({ glass }) => <GlassTable glass={glass} />}
          </QueryState>
        </Panel>
        <QueryState query={query} lines={2}>
          {(data) => <Setting key={data.minutes} approvals={data} />}
        </QueryState>
      </div>
    </>
  );
}

function Setting({ approvals }: { approvals: Approvals }) {
  const change = useApprovalMinutes();
  const [minutes, setMinutes] = useState(String(approvals.minutes));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(Number(minutes));
  };
  const refusal = approvals.settingsRefusal;
  return (
    <Panel title="How long an approval holds">
      <form onSubmit={submit} className="flex max-w-xl flex-wrap items-end gap-3">
        <Field
          label="Minutes"
          required
          error={change.error?.fields.minutes}
          hint={refusal?.message ?? '1 to 1440. It counts for approvals from now on.'}
        >
          <Input
            type="number"
            min={1}
            max={1440}
            required
            disabled={refusal !== null}
            value={minutes}
            onChange={(event) => setMinutes(event.target.value)}
          />
        </Field>
        <Button
          type="submit"
          busy={change.isPending}
          disabled={refusal !== null || minutes === String(approvals.minutes)}
        >
          Set
        </Button>
        {change.error && !change.error.fields.minutes ? <ErrorLine error={change.error} /> : null}
      </form>
    </Panel>
  );
}
