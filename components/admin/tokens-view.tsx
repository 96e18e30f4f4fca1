'use client';

import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { AdminTabs } from '@/components/admin/admin-tabs';
import { CreateTokenDialog } from '@/components/admin/create-token-dialog';
import { OnceSecret } from '@/components/admin/once-secret';
import { useTokenActs, useTokens } from '@/components/admin/use-tokens';
import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import type { Token } from '@/lib/contract/tokens';
import type { RoleName } from '@/lib/engine/roles';

const marks = {
  valid: ['active', 'Valid'],
  expired: ['expired', 'Expired'],
  revoked: ['disabled', 'Revoked'],
} as const;

function tokenColumns(revoke: (token: Token) => void): Column<Token>[] {
  return [
    { id: 'name', header: 'Name', wide: true, value: (token) => token.name },
    { id: 'owner', header: 'Acts for', value: (token) => token.ownerName },
    {
      id: 'role',
      header: 'Role',
      value: (token) => token.role,
      cell: (token) => <Badge>{token.role}</Badge>,
    },
    {
      id: 'state',
      header: 'State',
      value: (token) => token.state,
      cell: (token) => <StatusBadge status={marks[token.state][0]} word={marks[token.state][1]} />,
    },
    {
      id: 'used',
      header: 'Last used',
      value: (token) => token.lastUsedAt,
      cell: (token) => <Age at={token.lastUsedAt} />,
    },
    {
      id: 'made',
      header: 'Made',
      value: (token) => token.createdAt,
      cell: (token) => <Age at={token.createdAt} />,
    },
    {
      id: 'expires',
      header: 'Expires',
      value: (token) => token.expiresAt,
      cell: (token) => <Age at={token.expiresAt} />,
    },
    {
      id: 'acts',
      header: 'Acts',
      value: () => null,
      cell: (token) =>
        token.state === 'valid' ? (
          <Button size="small" onClick={() => revoke(token)}>
            Revoke
          </Button>
        ) : null,
    },
  ];
}

/** API tokens: one's own; for a dba everybody's. */
export function TokensView({ role }: { role: RoleName }) {
  const query = useTokens();
  const acts = useTokenActs();
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const create = () => {
    acts.create.reset();
    setCreating(true);
  };
  return (
    <>
      <AdminTabs />
      <PageHeader
        title="API tokens"
        note={
          role === 'dba'
            ? 'For the command line and for programs. As a dba you see everybody’s.'
            : 'For the command line and for programs. These are your own.'
        }
        actions={
          <Button look="primary" icon={<KeyRound aria-hidden className="size-4" />} onClick={create}>
            Make a token
          </Button>
        }
      />
      <Panel title="Tokens" flush>
        <QueryState
          query={query}
          empty={({ tokens }) =>
            tokens.length > 0 ? undefined : (
              <EmptyState title="No tokens yet" icon={KeyRound}>
                Make one to use the command line from another machine. It never can do more than you.
              </EmptyState>
            )
          }
        >
          {({ tokens }) => (
            <DataTable
              id="tokens"
              label="API tokens"
              rows={tokens}
              columns={tokenColumns((token) => {
                acts.revoke.reset();
                setRevoking(token);
              })}
              rowKey={(token) => token.id}
              defaultSort="-made"
            />
          )}
        </QueryState>
      </Panel>
      {creating ? (
        <CreateTokenDialog
          highest={role}
          acts={acts}
          onClose={() => setCreating(false)}
          onCreated={(token) => {
            setCreating(false);
            setSecret(token);
          }}
        />
      ) : null}
      <OnceSecret title="Your new token" label="API token" secret={secret} onClose={() => setSecret(null)}>
        <p>
          Programs send it as <code className="font-mono text-xs">Authorization: Bearer plk_…</code>; the
          command line reads it from <code className="font-mono text-xs">PLUMBLINE_TOKEN</code>.
        </p>
      </OnceSecret>
      <Dialog
        open={revoking !== null}
        onOpenChange={(open) => {
          if (!open) setRevoking(null);
        }}
        title={`Revoke “${revoking?.name ?? ''}”?`}
        description="Whatever uses it is refused from its next request. It cannot be brought back."
        footer={
          <>
            <Button onClick={() => setRevoking(null)}>Keep it</Button>
            <Button
              look="danger"
              busy={acts.revoke.isPending}
              onClick={() =>
                revoking ? acts.revoke.mutate(revoking.id, { onSuccess: () => setRevoking(null) }) : undefined
              }
            >
              Revoke the token
            </Button>
          </>
        }
      >
        {acts.revoke.error ? <ErrorLine error={acts.revoke.error} /> : null}
      </Dialog>
    </>
  );
}
