'use client';

import { useQueryClient } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import { useState } from 'react';
import { StandbyOffer } from '@/components/cluster/standby-offer';
import { TestSteps } from '@/components/cluster/test-steps';
import { TestedLogins } from '@/components/cluster/tested-logins';
import { api } from '@/components/data/api';
import { useInstanceTest } from '@/components/data/instance-test';
import { setUrl, useUrlState } from '@/components/data/url-state';
import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorLine } from '@/components/ui/error-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { createdSchema, type InstanceDetail, type InstanceTest } from '@/lib/contract/instances';

interface TestPanelProps {
  instance: InstanceDetail;
  refusal: string | null;
}

/** The newest connection test with its live result, and the button for the next. */
export function TestPanel({ instance, refusal }: TestPanelProps) {
  const [asked] = useUrlState('test');
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const shown = asked || instance.latestTest?.id;
  const draft = instance.state === 'draft';
  const start = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const { id } = await api.post(
        `/api/v1/instances/${instance.id}/test`,
        { activate: draft },
        createdSchema,
      );
      setUrl({ test: id });
      await client.invalidateQueries({ queryKey: [`/api/v1/instances/${instance.id}`] });
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <Panel
      title="Connection test"
      id="test"
      note={
        draft
          ? 'A draft is watched once its test has passed.'
          : 'Connects with each login and changes nothing.'
      }
      actions={
        <Button
          size="small"
          look={draft ? 'primary' : 'plain'}
          busy={busy}
          disabled={refusal !== null}
          title={refusal ?? undefined}
          onClick={() => void start()}
          icon={<PlugZap aria-hidden className="size-3.5" />}
        >
          {draft ? 'Test and activate' : 'Test again'}
        </Button>
      }
    >
      <ErrorLine error={failure} />
      {shown ? (
        <Result instance={instance} testId={shown} />
      ) : (
        <EmptyState icon={PlugZap} title="Not tested yet">
          The test says version, role and the rights of each login, and which script mends what is missing.
        </EmptyState>
      )}
    </Panel>
  );
}

function Result({ instance, testId }: { instance: InstanceDetail; testId: string }) {
  const [done, setDone] = useState(false);
  const test = useInstanceTest(instance.id, testId, done);
  const isDone = test.data?.state === 'done';
  if (isDone !== done && test.data) setDone(isDone);
  return <QueryState query={test}>{(data) => <Outcome instance={instance} test={data} />}</QueryState>;
}

function Outcome({ instance, test }: { instance: InstanceDetail; test: InstanceTest }) {
  if (test.state !== 'done') {
    return (
      <p role="status" className="py-2 text-sm">
        <StatusMark
          status={test.state === 'running' ? 'running' : 'queued'}
          word={
            test.state === 'running'
              ? 'A worker is connecting …'
              : `Waiting for a worker of the pool “${instance.pool}” …`
          }
        />
      </p>
    );
  }
  const { result } = test;
  if (!result)
    return <p className="py-2 text-sm text-muted">This result is of an older version: test again.</p>;
  return (
    <div className="space-y-3" aria-live="polite">
      <p className="text-sm">
        {test.ok ? (
          <StatusMark
            status="pass"
            word={result.activated ? 'Passed, and the server is watched from now on' : 'Passed'}
          />
        ) : (
          <StatusMark status="fail" word="Failed; nothing was changed" />
        )}{' '}
        <span className="text-muted">
          <Age at={test.finishedAt} />, asked for by {test.requestedBy}
        </span>
      </p>
      <TestSteps steps={result.steps} />
      <TestedLogins logins={result.logins} />
      <StandbyOffer instance={instance} standbys={result.standbys} />
    </div>
  );
}
