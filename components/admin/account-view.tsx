'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { roleMeaning } from '@/components/admin/role-options';
import { SessionTable } from '@/components/admin/session-table';
import { type ApiError, api } from '@/components/data/api';
import { useUrlState } from '@/components/data/url-state';
import { useApi } from '@/components/data/use-api';
import { Banner } from '@/components/ui/banner';
import { Button, ButtonLink } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge } from '@/components/ui/status-mark';
import { accountSchema, endedSessionsSchema } from '@/lib/contract/account';

const path = '/api/v1/account';

/** One's own account: who one is to the console, the password, and where one is signed in. */
export function AccountView() {
  const query = useApi(path, accountSchema);
  const client = useQueryClient();
  const [changed] = useUrlState('changed');
  const end = useMutation<unknown, ApiError, string | null>({
    mutationFn: (id) => api.delete(id ? `${path}/sessions/${id}` : `${path}/sessions`, endedSessionsSchema),
    onSuccess: () => client.invalidateQueries({ queryKey: [path] }),
  });
  return (
    <>
      <PageHeader
        title="Your account"
        actions={<ButtonLink href="/admin/tokens">Your API tokens</ButtonLink>}
      />
      <div className="flex flex-col gap-4">
        {changed === 'password' ? (
          <Banner tone="info" title="Your password is changed.">
            All your other sessions have ended.
          </Banner>
        ) : null}
        <QueryState query={query} lines={8}>
          {(account) => (
            <>
              <Panel
                title="You"
                actions={<ButtonLink href="/account/password">Change your password</ButtonLink>}
              >
                <KeyValue
                  items={[
                    ['Name', account.name],
                    ['E-mail', account.email],
                    [
                      'Role',
                      <span key="role">
                        <Badge>{account.role}</Badge> {roleMeaning[account.role]}
                      </span>,
                    ],
                  ]}
                />
              </Panel>
              <Panel
                title="Where you are signed in"
                note="A session ends after 30 minutes without a request, and after 12 hours in any case."
                flush
                actions={
                  account.sessions.length > 1 ? (
                    <Button size="small" busy={end.isPending} onClick={() => end.mutate(null)}>
                      End all others
                    </Button>
                  ) : undefined
                }
              >
                {end.error ? <ErrorLine error={end.error} /> : null}
                <SessionTable
                  sessions={account.sessions}
                  busy={end.isPending}
                  onEnd={(id) => end.mutate(id)}
                />
              </Panel>
            </>
          )}
        </QueryState>
      </div>
    </>
  );
}
