'use client';

import { HardDriveUpload } from 'lucide-react';
import { AdminTabs } from '@/components/admin/admin-tabs';
import { useStorages } from '@/components/data/storages';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { DumpKeysPanel } from '@/components/storages/dump-keys-panel';
import { StorageCard } from '@/components/storages/storage-card';
import { StorageForm } from '@/components/storages/storage-form';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';

/** Places outside that backups are sent to: a copy on the machine that burns is none. */
export function StoragesPage({ refusal }: { refusal: string | null }) {
  const query = useStorages();
  const [adding] = useUrlState('add');
  const add = (open: boolean) => setUrl({ add: open ? 'storage' : null });
  return (
    <>
      <AdminTabs />
      <PageHeader
        title="Storages"
        note="S3 buckets that backups are sent to. Keys are sealed for the workers, for this place alone."
        actions={
          <Button
            look="primary"
            disabled={refusal !== null}
            title={refusal ?? undefined}
            onClick={() => add(true)}
          >
            Add a storage
          </Button>
        }
      />
      <div className="space-y-4">
        {adding ? (
          <Panel
            title="Add a storage"
            note="A worker writes, reads and deletes a small object as soon as it is saved."
          >
            <StorageForm
              storage={undefined}
              refusal={refusal}
              onSaved={() => add(false)}
              onCancel={() => add(false)}
            />
          </Panel>
        ) : null}
        <QueryState
          query={query}
          lines={8}
          empty={({ items }) =>
            items.length > 0 || adding ? undefined : (
              <EmptyState title="No storage yet" icon={HardDriveUpload}>
                Backups lie on the workers’ own disks only. Add a bucket elsewhere, so that one fire does not
                take the database and its backups together.
              </EmptyState>
            )
          }
        >
          {({ items }) => (
            <div className="space-y-4">
              {items.map((storage) => (
                <StorageCard key={storage.id} storage={storage} refusal={refusal} />
              ))}
            </div>
          )}
        </QueryState>
        <DumpKeysPanel refusal={refusal} />
      </div>
    </>
  );
}
