'use client';

import { useRecovery } from '@/components/data/recovery';
import { useUrlState } from '@/components/data/url-state';
import { WindowSentence } from '@/components/recovery/window-words';
import { PlanButton } from '@/components/restore/plan-button';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Banner } from '@/components/ui/banner';
import { Button, ButtonLink } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { useNow } from '@/components/ui/use-now';
import { localText, momentsOfLocal, offsetText } from '@/lib/base/local-moments';
import type { Recovery } from '@/lib/contract/recovery';

const quick = [
  { minutes: 1, label: '1 minute ago' },
  { minutes: 5, label: '5 minutes ago' },
  { minutes: 15, label: '15 minutes ago' },
  { minutes: 60, label: '1 hour ago' },
];

/** What the URL or the field says: a moment with its offset, or local text, which may mean two moments or none. */
function read(text: string): { shown: string; moments: Date[] } {
  const exact = /Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(exact)) {
    // To the second, as the field shows it.
    const at = new Date(exact - (exact % 1000));
    return { shown: localText(at), moments: [at] };
  }
  return { shown: text, moments: momentsOfLocal(text) };
}

function problemOf(moment: string | undefined, recovery: Recovery | undefined): string | null {
  if (moment === undefined) return null;
  const at = Date.parse(moment);
  if (at > Date.now()) return 'It is in the future.';
  const { reachable } = recovery ?? { reachable: [] };
  if (reachable.length === 0) return null;
  if (reachable.some(({ from, to }) => at >= Date.parse(from) && at <= Date.parse(to))) return null;
  const last = Date.parse(reachable.at(-1)?.to ?? '');
  if (at > last) return 'It is later than what is archived so far. Wait a minute, or choose an earlier one.';
  return 'No backup and WAL lead to this second. Choose one within the window.';
}

/** Chooses a moment and plans a copy of the whole server as it was then. */
export function MomentForm({
  clusterId,
  title = 'Open a copy at a moment',
}: {
  clusterId: string;
  title?: string;
}) {
  const recovery = useRecovery(clusterId, '7d');
  const { jobFor } = useRecoveryJobs();
  const [text, setText] = useUrlState('at');
  // Only the browser knows its zone.
  const { shown, moments } = read(useNow() === 0 ? '' : text);
  const moment = moments.length === 1 ? moments[0]?.toISOString() : undefined;
  // In the hour that clocks go through twice, one of two is chosen and stays changeable.
  const meanings = momentsOfLocal(shown);
  const problem =
    shown !== '' && moments.length === 0
      ? 'There is no such time: the clocks were set forward over it.'
      : problemOf(moment, recovery.data);
  const finder = jobFor('moment');
  return (
    <Panel
      title={title}
      note="The whole server as it was then, beside the one in use, where only this console reaches it."
      actions={
        finder ? (
          <ButtonLink size="small" href={`/clusters/${clusterId}/moments`}>
            Find out when it happened
          </ButtonLink>
        ) : null
      }
    >
      <div className="space-y-3">
        {recovery.data ? <WindowSentence recovery={recovery.data} /> : null}
        {recovery.error ? (
          <Banner tone="unknown" title="The window is not known now">
            {recovery.error.message} The plan says whether the moment can be reached.
          </Banner>
        ) : null}
        <Field
          label="Just before the damage, in your local time"
          hint={
            moment
              ? `In UTC: ${moment.replace('T', ' ').slice(0, 19)}. Your clock was at ${offsetText(new Date(moment))}.`
              : 'To the second. What was committed later is not in the copy.'
          }
          error={problem}
          required
          className="max-w-xs"
        >
          <Input
            type="datetime-local"
            step={1}
            value={shown}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        {meanings.length > 1 ? (
          <Field
            label="Which of the two"
            hint="Clocks were set back: this time came twice."
            required
            className="max-w-xs"
          >
            <Select
              placeholder="Choose"
              value={moment ?? ''}
              options={meanings.map((at, index) => ({
                value: at.toISOString(),
                label: `${index === 0 ? 'The first' : 'The second'}, ${offsetText(at)}`,
              }))}
              onChange={(event) => setText(event.target.value || shown)}
            />
          </Field>
        ) : null}
        <div className="flex flex-wrap gap-2">
          {quick.map(({ minutes, label }) => (
            <Button
              key={minutes}
              size="small"
              onClick={() => setText(new Date(Date.now() - minutes * 60_000).toISOString())}
            >
              {label}
            </Button>
          ))}
        </div>
        <PlanButton
          job={jobFor('copy')}
          clusterId={clusterId}
          input={{ to: 'time', at: moment }}
          missing={moment === undefined || problem ? ['a moment that can be reached'] : []}
          label="Plan the copy"
        />
      </div>
    </Panel>
  );
}
