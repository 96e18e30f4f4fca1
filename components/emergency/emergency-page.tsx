'use client';

import { LifeBuoy, Printer } from 'lucide-react';
import { useApi } from '@/components/data/use-api';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { Button, ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { EmptyState } from '@/components/ui/empty-state';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { type EmergencySheetView, emergencySheetSchema } from '@/lib/contract/emergency-sheet';

/** A worker compares each minute; a sheet that was not compared for so long may no longer be true. */
const staleAfterSeconds = 600;

/** How to bring a cluster back by hand when neither it nor the console is there: to be printed and put away. */
export function EmergencyPage({ id }: { id: string }) {
  const query = useApi(`/api/v1/clusters/${id}/emergency-sheet`, emergencySheetSchema, { topics: ['run'] });
  const name = query.data?.clusterName;
  return (
    <>
      <PageHeader
        title={name ? `Emergency sheet of ${name}` : 'Emergency sheet'}
        note="What is where, and the commands that bring it back by hand, without the console. It holds no secret."
        actions={
          <>
            <Button onClick={() => window.print()} disabled={!query.data?.sheet?.text}>
              <Printer aria-hidden className="size-4" /> Print
            </Button>
            <ButtonLink href={`/clusters/${id}/recovery`}>Recovery</ButtonLink>
          </>
        }
      />
      <QueryState query={query} lines={12} empty={(data) => (data.sheet ? undefined : <NoSheet />)}>
        {(data) => <Loaded sheet={data.sheet} />}
      </QueryState>
    </>
  );
}

function NoSheet() {
  return (
    <Panel title="No sheet yet">
      <EmptyState icon={LifeBuoy} title="Nothing could be brought back by hand yet">
        <p>
          The worker beside the backups writes the sheet a minute after the cluster’s first backup, or after
          archiving was set up. See that such a worker is alive.
        </p>
      </EmptyState>
    </Panel>
  );
}

function Loaded({ sheet }: { sheet: EmergencySheetView['sheet'] }) {
  if (!sheet) return null;
  return (
    <div className="space-y-4">
      {sheet.problem ? (
        <Banner tone="crit" title="The sheet on disk is not up to date">
          {sheet.problem} The worker {sheet.workerName} tries again each minute; see that its folder
          (PLUMBLINE_SHEETS_DIR) can be written to.
        </Banner>
      ) : null}
      <Panel
        title="Where it lies"
        at={sheet.lookedAt}
        staleAfterSeconds={staleAfterSeconds}
        className="print:hidden"
        note="Copy the folder to where you look when this machine is gone. It is written anew after each backup."
      >
        <KeyValue
          items={[
            ['Worker', sheet.workerName],
            [
              'File',
              <code key="file" className="font-mono text-xs break-all">
                {sheet.path}
              </code>,
            ],
            ['Last changed', <Age key="age" at={sheet.writtenAt} never="never" />],
          ]}
        />
      </Panel>
      {sheet.text ? (
        <>
          <div className="print:hidden">
            <CodeBlock code={sheet.text} label="The emergency sheet" maxHeight={false} />
          </div>
          <pre className="hidden font-mono text-[8pt] leading-tight break-words whitespace-pre-wrap print:block">
            {sheet.text}
          </pre>
        </>
      ) : null}
    </div>
  );
}
