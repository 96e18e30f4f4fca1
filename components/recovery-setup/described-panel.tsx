'use client';

import { useQueryClient } from '@tanstack/react-query';
import { RemoveDialog } from '@/components/cluster/remove-dialog';
import { stanzaPath } from '@/components/data/stanza';
import { KeptPass } from '@/components/recovery/kept-pass';
import { AddRepository } from '@/components/recovery-setup/add-repository';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import type { StanzaMade, StanzaSetup } from '@/lib/contract/stanzas';

interface DescribedPanelProps {
  clusterId: string;
  stanza: NonNullable<StanzaSetup['stanza']>;
  refusal: string | null;
  onMade: (passes: StanzaMade['passes']) => void;
}

/** The stanza as it is described: its place, its repositories, who owns its retention. */
export function DescribedPanel({ clusterId, stanza, refusal, onMade }: DescribedPanelProps) {
  const client = useQueryClient();
  const isOurs = stanza.configPath === null;
  const reload = () => void client.invalidateQueries({ queryKey: [stanzaPath(clusterId)] });
  const archives =
    isOurs && stanza.state === 'active'
      ? 'The server archives into it: undo the run that set archiving up first.'
      : null;
  return (
    <Panel
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          1 · The stanza {stanza.name}
          <StatusMark
            status={stanza.state === 'active' ? 'ok' : 'pending'}
            word={stanza.state === 'active' ? 'in use' : 'described, not set up yet'}
          />
          {stanza.isManaged ? null : <Badge>its owner’s</Badge>}
        </span>
      }
      actions={
        <>
          {isOurs ? (
            <AddRepository
              clusterId={clusterId}
              count={stanza.repositories.length}
              refusal={refusal}
              onMade={onMade}
            />
          ) : null}
          <RemoveDialog
            what="stanza"
            name={stanza.name}
            path={stanzaPath(clusterId)}
            refusal={refusal ?? archives}
            consequences="The console forgets it. Nothing on the host and nothing in a repository is changed."
            onRemoved={reload}
          />
        </>
      }
    >
      <div className="space-y-3">
        <KeyValue
          items={[
            ['Server', stanza.instanceName],
            ['Worker beside it', stanza.workerName ?? 'known after the set-up'],
            ['Data directory', stanza.dataDirectory ?? 'known after the set-up'],
            ['Configuration', stanza.configPath ?? 'written by the console'],
            [
              'Retention',
              stanza.isManaged
                ? 'the console’s policy: nothing expires but by its planned runs'
                : 'its owner’s, as its configuration says',
            ],
          ]}
        />
        <ul className="space-y-1 text-sm">
          {stanza.repositories.map((one) => (
            <li key={one.ordinal} className="space-y-1 border-t border-line pt-1">
              <div className="flex flex-wrap items-center gap-x-2">
                <span className="font-medium">Repository {one.ordinal}</span>
                <code className="min-w-0 break-all font-mono text-xs">
                  {one.storageName ? `${one.storageName}: ${one.path}` : one.path}
                </code>
                <Badge>{one.isEncrypted ? 'encrypted' : 'not encrypted'}</Badge>
                {Object.entries(one.retention).map(([key, value]) => (
                  <span key={key} className="text-xs text-muted">
                    {key} {value}
                  </span>
                ))}
              </div>
              {one.escrow ? (
                <KeptPass
                  clusterId={clusterId}
                  ordinal={one.ordinal}
                  escrow={one.escrow}
                  canDrill={stanza.state === 'active'}
                />
              ) : null}
            </li>
          ))}
        </ul>
        {stanza.schedules.length > 0 ? (
          <div className="text-sm">
            <p className="font-medium">Schedules of its owner on the host</p>
            <ul className="space-y-1">
              {stanza.schedules.map(({ file, line }) => (
                <li key={`${file} ${line}`} className="break-all">
                  <code className="font-mono text-xs">
                    {file}: {line}
                  </code>
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </Panel>
  );
}
