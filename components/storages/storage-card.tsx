'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { RemoveDialog } from '@/components/cluster/remove-dialog';
import { api } from '@/components/data/api';
import { storagesPath } from '@/components/data/storages';
import { StorageForm } from '@/components/storages/storage-form';
import { StorageTestResult } from '@/components/storages/storage-test-result';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { formatBytes } from '@/lib/base/format';
import { type StorageView, testAskedSchema } from '@/lib/contract/storages';

/** One storage: where it is, what lies on it, how its last test went, and what can be done with it. */
export function StorageCard({ storage, refusal }: { storage: StorageView; refusal: string | null }) {
  const client = useQueryClient();
  const [editing, setEditing] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const reload = () => client.invalidateQueries({ queryKey: [storagesPath] });
  const test = async () => {
    setFailure(null);
    try {
      await api.post(`${storagesPath}/${storage.id}/test`, {}, testAskedSchema);
      await reload();
    } catch (error) {
      setFailure(error);
    }
  };
  const inUse = storage.usedBy.length > 0 ? `In use: ${storage.usedBy.join(', ')}.` : null;
  return (
    <Panel
      title={storage.name}
      note={`${storage.bucket}${storage.prefix ? `/${storage.prefix}` : ''} at ${storage.endpoint}`}
      actions={
        <>
          <Button size="small" disabled={refusal !== null} onClick={() => void test()}>
            Test again
          </Button>
          <Button size="small" disabled={refusal !== null} onClick={() => setEditing(!editing)}>
            Change
          </Button>
          <RemoveDialog
            what="storage"
            name={storage.name}
            path={`${storagesPath}/${storage.id}`}
            refusal={refusal ?? inUse}
            consequences="Its keys are deleted here. The bucket and what lies in it stay as they are."
            onRemoved={() => void reload()}
          />
        </>
      }
    >
      {editing ? (
        <StorageForm
          storage={storage}
          refusal={refusal}
          onSaved={() => setEditing(false)}
          onCancel={() => setEditing(false)}
        />
      ) : (
        <div className="space-y-3">
          {storage.latestTest ? (
            <StorageTestResult key={storage.latestTest.id} latest={storage.latestTest} />
          ) : null}
          <ErrorLine error={failure} />
          <KeyValue
            items={[
              ['Region', storage.region],
              ['Addresses', storage.uriStyle === 'host' ? 'bucket.host/key' : 'host/bucket/key'],
              [
                'TLS',
                !storage.endpoint.startsWith('https:')
                  ? 'none: everybody on the way can read and change what is sent'
                  : storage.verifyTls
                    ? storage.tlsCa
                      ? 'checked by its own authority'
                      : 'checked by well-known authorities'
                    : 'the certificate is not checked',
              ],
              ['Keys', storage.hasKeys ? 'sealed for the workers' : 'none: enter them'],
              ['Uploaded backups', `${storage.uploads.ready}, ${formatBytes(storage.uploads.bytes)}`],
              ['Used by', storage.usedBy.join(', ') || 'nothing yet'],
            ]}
          />
        </div>
      )}
    </Panel>
  );
}
