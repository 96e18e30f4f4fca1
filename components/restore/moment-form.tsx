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
import type { Recovery } from '@/lib/contract/recovery';

const quick = [
  { minutes: 1, label: '1 minute ago' },
  { minutes: 5, label: '5 minutes ago' },
  { minutes: 15, label: '15 minutes ago' },
  { minutes: 60, label: '1 hour ago' },
];

/** `2026-11-21T10:15:00` in local time, as the browser's field wants it. */
function localText(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** Local text → ISO with its offset; undefined when it is no time. */
function momentOf(text: string): string | undefined {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
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
export function MomentForm({ clusterId }: { clusterId: string }) {
  const recovery = useRecovery(clusterId, '7d');
  const { jobFor } = useRecoveryJobs();
  const [text, setText] = useUrlState('at');
  const moment = momentOf(text);
  const problem = problemOf(moment, recovery.data);
  const finder = jobFor('moment');
  return (
    <Panel
      title="Open a copy at a moment"
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
              ? `In UTC: ${moment.replace('T', ' ').slice(0, 19)}`
              : 'To the second. What was committed later is not in the copy.'
          }
          error={problem}
          required
          className="max-w-xs"
        >
          <Input
            type="datetime-local"
            step={1}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <div className="flex flex-wrap gap-2">
          {quick.map(({ minutes, label }) => (
            <Button
              key={minutes}
              size="small"
              onClick={() => setText(localText(new Date(Date.now() - minutes * 60_000)))}
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
