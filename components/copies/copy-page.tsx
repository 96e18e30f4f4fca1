'use client';

import { useMemo } from 'react';
import { AnswerTable } from '@/components/copies/answer-table';
import { CopyActs } from '@/components/copies/copy-acts';
import { AskView, BrowseView, CompareView, Refused, useCopyDatabases } from '@/components/copies/copy-views';
import { momentOfCopy, placeOfCopy } from '@/components/copies/words';
import { useCopy } from '@/components/data/copies';
import { useUrlState } from '@/components/data/url-state';
import { Moment } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import { Tabs } from '@/components/ui/tabs';
import { answerRowsSchema, type Copy } from '@/lib/contract/copies';

/** A server over a restored copy: what is in it, and how the live one differs. */
export function CopyPage({ id }: { id: string }) {
  const query = useCopy(id);
  const copy = query.data;
  const moment = copy && momentOfCopy(copy);
  return (
    <>
      <PageHeader
        title={copy ? `Copy of ${copy.cluster.name}` : 'Copy'}
        marks={
          copy ? (
            <>
              <StatusBadge status={copy.state} />
              <Badge>{copy.mode === 'paused' ? 'stands still, read only' : 'its own way since'}</Badge>
            </>
          ) : null
        }
        note={
          copy ? (
            <>
              As of {moment ? <Moment at={moment} /> : placeOfCopy(copy)}, on {copy.workerName}
              {copy.state === 'open' ? (
                <>
                  , stays until <Moment at={copy.expiresAt} />
                </>
              ) : null}
            </>
          ) : undefined
        }
        actions={
          copy ? (
            <>
              <CopyActs copy={copy} />
              <ButtonLink href={`/clusters/${copy.cluster.id}/restore?copy=${copy.id}`} look="primary">
                Restore from it
              </ButtonLink>
            </>
          ) : null
        }
      />
      <QueryState query={query} lines={10}>
        {(data) => (data.state === 'open' ? <OpenedCopy copy={data} /> : <ClosedCopy copy={data} />)}
      </QueryState>
    </>
  );
}

function ClosedCopy({ copy }: { copy: Copy }) {
  const words = {
    open: '',
    closing: 'Its worker stops the server and removes the files now.',
    closed: 'Its server is stopped and its files are gone.',
    lost: 'Its server could not be brought up again.',
  };
  return (
    <Banner
      tone={copy.state === 'lost' ? 'unknown' : 'info'}
      title={words[copy.state]}
      actions={
        <ButtonLink href={`/clusters/${copy.cluster.id}/restore?what=look`}>Open another one</ButtonLink>
      }
    >
      {copy.problem ?? 'Another one at the same moment can be opened as long as backup and WAL are kept.'}
    </Banner>
  );
}

function OpenedCopy({ copy }: { copy: Copy }) {
  const databases = useCopyDatabases(copy);
  const [chosen, choose] = useUrlState('database');
  const [view, setView] = useUrlState('view', 'compare');
  const text = databases.read.data?.answer?.text;
  const names = useMemo(() => {
    const parsed = answerRowsSchema.safeParse(JSON.parse(text ?? 'null'));
    return parsed.success ? parsed.data.rows.map(([name]) => String(name)) : [];
  }, [text]);
  if (databases.job?.refusal) return <Refused job={databases.job} />;
  const database = chosen || (names.find((name) => name !== 'postgres') ?? names[0] ?? '');
  if (database === '') {
    return (
      <Panel title="Databases of the copy">
        <AnswerTable id="databases" label="Databases" asked={databases.asked} read={databases.read} />
      </Panel>
    );
  }
  const options = [...new Set([...names, database])].map((name) => ({ value: name, label: name }));
  return (
    <Panel title="In the copy" note="Everything here only reads.">
      <div className="space-y-3">
        <Field label="Database" className="max-w-xs">
          <Select options={options} value={database} onChange={(event) => choose(event.target.value)} />
        </Field>
        <Tabs
          label="What to look at"
          value={view}
          onChange={setView}
          tabs={[
            {
              id: 'compare',
              label: 'Compare with live',
              content: <CompareView copy={copy} database={database} />,
            },
            { id: 'browse', label: 'Tables', content: <BrowseView copy={copy} database={database} /> },
            { id: 'ask', label: 'Ask', content: <AskView copy={copy} database={database} /> },
          ]}
        />
      </div>
    </Panel>
  );
}
