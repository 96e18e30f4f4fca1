'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { decideRun } from '@/components/data/runs';
import { Moment } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { Button, type ButtonLook } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { Decision, Run } from '@/lib/contract/runs';

const choices: { decision: Decision; look: ButtonLook; label: string; when: string; effect: string }[] = [
  {
    decision: 'done',
    look: 'primary',
    label: 'It was done: go on',
    when: 'You have looked, and the effect is there.',
    effect: 'The step counts as done and the run goes on with the next one.',
  },
  {
    decision: 'repeat',
    look: 'danger',
    label: 'It was not done: run it again',
    when: 'You have looked, and nothing of it has happened.',
    effect: 'The step runs once more. If it had happened after all, it happens twice.',
  },
  {
    decision: 'stop',
    look: 'plain',
    label: 'Stop here',
    when: 'You cannot tell, or want to mend it by hand.',
    effect: 'The run ends as failed. What is done stays; nothing further is touched.',
  },
];

/** A step that may happen only once was cut off: nobody but a person can know whether it happened. */
export function DecisionPanel({ run }: { run: Run }) {
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (decision: Decision) => decideRun(run.id, decision),
    onSuccess: () => client.invalidateQueries({ queryKey: [`/api/v1/runs/${run.id}`] }),
  });
  const step =
    run.steps.find(({ state }) => state === 'undecided') ??
    run.steps.find(({ state }) => state === 'started');
  return (
    <section
      className="space-y-3 rounded-lg border border-warn bg-surface p-3"
      aria-label="A decision is needed"
      data-decision
    >
      <Banner tone="warn" title="Nobody knows whether this was done">
        Its worker was lost in the middle of “{step?.title ?? 'a step'}”. That step must not happen twice, so
        it is never repeated by itself.
      </Banner>
      <div className="text-sm">
        <p className="font-medium">What is known</p>
        <ul className="mt-1 list-disc space-y-0.5 pl-5">
          {step?.startedAt ? (
            <li>
              The step began <Moment at={step.startedAt} /> and never said that it had ended.
            </li>
          ) : null}
          {step?.error ? <li>{step.error.message}</li> : null}
          {run.events.slice(-5).map((event) => (
            <li key={event.id}>
              <Moment at={event.at} />: {event.event.replaceAll('-', ' ')}
              {typeof event.data.step === 'string' ? ` “${event.data.step}”` : ''}
            </li>
          ))}
          <li>
            The end of the log below, and the server itself, tell the rest: look there before you decide.
          </li>
        </ul>
      </div>
      {run.decision ? (
        <StatusMark status="running" word="Decided: a worker goes on with it" />
      ) : run.decisionRefusal ? (
        <div className="text-sm">
          <StatusMark status="disabled" word={run.decisionRefusal.message} />
          <p className="text-muted">{run.decisionRefusal.next}</p>
        </div>
      ) : (
        <ul className="grid gap-3 md:grid-cols-3">
          {choices.map(({ decision, look, label, when, effect }) => (
            <li key={decision} className="flex flex-col gap-2 rounded-md border border-line p-3 text-sm">
              <p>{when}</p>
              <p className="flex-1 text-muted">{effect}</p>
              <Button
                look={look}
                busy={decide.isPending && decide.variables === decision}
                onClick={() => decide.mutate(decision)}
              >
                {label}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ErrorLine error={decide.error} />
    </section>
  );
}
