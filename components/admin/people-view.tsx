'use client';

import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { AddPersonDialog } from '@/components/admin/add-person-dialog';
import { AdminTabs } from '@/components/admin/admin-tabs';
import { ChangePersonDialog } from '@/components/admin/change-person-dialog';
import { OnceSecret } from '@/components/admin/once-secret';
import { usePeople, usePeopleActs } from '@/components/admin/use-people';
import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import type { OneTimePassword, Person } from '@/lib/contract/people';

function stateOf(person: Person): string {
  if (person.disabledAt !== null) return 'disabled';
  return person.mustChangePassword ? 'one-time password' : 'active';
}

function peopleColumns(open: (person: Person) => void): Column<Person>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      wide: true,
      value: (person) => person.name,
      cell: (person) => (
        <button type="button" className="link text-left font-medium" onClick={() => open(person)}>
          {person.name}
        </button>
      ),
    },
    { id: 'email', header: 'E-mail', value: (person) => person.email },
    {
      id: 'role',
      header: 'Role',
      value: (person) => person.role,
      cell: (person) => <Badge>{person.role}</Badge>,
    },
    {
      id: 'state',
      header: 'State',
      value: stateOf,
      cell: (person) => {
        const state = stateOf(person);
        return state === 'one-time password' ? (
          <StatusBadge status="draft" word="Has a one-time password" />
        ) : (
          <StatusBadge status={state} />
        );
      },
    },
    {
      id: 'seen',
      header: 'Last seen',
      value: (person) => person.lastSeenAt,
      cell: (person) => <Age at={person.lastSeenAt} />,
    },
    { id: 'sessions', header: 'Sessions', unit: 'count', value: (person) => person.openSessions },
    { id: 'tokens', header: 'API tokens', unit: 'count', value: (person) => person.openTokens },
  ];
}

/** Who may use the console, and as what. */
export function PeopleView({ ownId }: { ownId: string | null }) {
  const query = usePeople();
  const acts = usePeopleActs();
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<string | null>(null);
  const [handed, setHanded] = useState<OneTimePassword | null>(null);
  const person = query.data?.people.find((each) => each.id === changing);
  const hand = (password: OneTimePassword) => {
    setAdding(false);
    setChanging(null);
    setHanded(password);
  };
  const begin = (start: () => void) => {
    acts.add.reset();
    acts.change.reset();
    acts.reset.reset();
    start();
  };
  return (
    <>
      <AdminTabs />
      <PageHeader
        title="People"
        note="Who may use this console. A change counts from the person’s next request."
        actions={
          <Button
            look="primary"
            disabled={query.data === undefined}
            icon={<UserPlus aria-hidden className="size-4" />}
            onClick={() => begin(() => setAdding(true))}
          >
            Add a person
          </Button>
        }
      />
      <Panel title="Everybody" flush>
        <QueryState query={query}>
          {({ people }) => (
            <DataTable
              id="people"
              label="People"
              rows={people}
              columns={peopleColumns((each) => begin(() => setChanging(each.id)))}
              rowKey={(each) => each.id}
              defaultSort="name"
            />
          )}
        </QueryState>
      </Panel>
      {adding ? <AddPersonDialog acts={acts} onClose={() => setAdding(false)} onAdded={hand} /> : null}
      {person ? (
        <ChangePersonDialog
          person={person}
          isSelf={person.id === ownId}
          acts={acts}
          onClose={() => setChanging(null)}
          onPassword={hand}
        />
      ) : null}
      <OnceSecret
        title="One-time password"
        label="One-time password"
        secret={handed?.oneTimePassword ?? null}
        onClose={() => setHanded(null)}
      >
        <p>
          Hand it to <strong>{handed?.email}</strong> by a way that you trust. At the first sign-in a password
          of their own replaces it.
        </p>
      </OnceSecret>
    </>
  );
}
