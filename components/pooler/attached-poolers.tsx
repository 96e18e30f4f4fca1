'use client';

import { useQueryClient } from '@tanstack/react-query';
import { RemoveDialog } from '@/components/cluster/remove-dialog';
import { Panel } from '@/components/ui/panel';
import { Badge } from '@/components/ui/status-mark';
import type { PoolerView } from '@/lib/contract/poolers';

interface AttachedPoolersProps {
  items: readonly PoolerView[];
  instanceId: string;
  refusal: string | null;
}

/** The attached PgBouncers with the way to take one away. */
export function AttachedPoolers({ items, instanceId, refusal }: AttachedPoolersProps) {
  const client = useQueryClient();
  return (
    <Panel title="Attached" note="Passwords are sealed for the workers and cannot be shown.">
      <ul className="divide-y divide-line">
        {items.map((pooler) => (
          <li key={pooler.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2 text-sm">
            <span className="font-medium">{pooler.name}</span>
            <span className="text-muted">
              {pooler.host}:{pooler.port} as {pooler.user}, TLS {pooler.tlsMode}
            </span>
            {pooler.followsPrimary ? <Badge>before whoever is primary</Badge> : null}
            <span className="ml-auto">
              <RemoveDialog
                what="pooler"
                name={pooler.name}
                path={`/api/v1/poolers/${pooler.id}`}
                refusal={refusal}
                consequences="Nothing asks it any more and its password is deleted here. PgBouncer itself is not touched; its figures so far stay."
                onRemoved={() =>
                  void client.invalidateQueries({ queryKey: [`/api/v1/instances/${instanceId}/poolers`] })
                }
              />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
