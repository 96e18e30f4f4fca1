import { formatValue } from '@/lib/base/format';
import { age, printable, printableLines, table } from '@/lib/cli/output';
import type { Plan } from '@/lib/contract/plans';
import type { Run } from '@/lib/contract/runs';

/** An argument as a shell would take it: for reading, it is never run that way. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A plan as a person reviews it: what, exactly how, what stands against it, how long. */
export function planText(plan: Plan): string {
  const head = `Plan ${plan.id}: ${plan.state}${plan.waitingFor ? ` (${printable(plan.waitingFor)})` : ''}`;
  const { document } = plan;
  if (!document) {
    return [head, plan.error ? `${printable(plan.error.message)} ${printable(plan.error.next ?? '')}` : '']
      .join('\n')
      .trim();
  }
  const lines = [head, printable(document.summary), ''];
  for (const act of document.acts) {
    lines.push(`${printable(act.step)}${act.as ? ` as ${printable(act.as)}` : ''}:`);
    if (act.argv) lines.push(`  ${printable(act.argv.map(shellWord).join(' '))}`);
    if (act.sql)
      lines.push(
        ...printableLines(act.sql)
          .split('\n')
          .map((line) => `  ${line}`),
      );
  }
  for (const estimate of document.estimates) {
    const value = formatValue(estimate.value, estimate.unit);
    lines.push(
      `${printable(estimate.label)}: ${value}${estimate.note ? ` (${printable(estimate.note)})` : ''}`,
    );
  }
  for (const one of document.tables ?? []) {
    lines.push('', printable(one.title), table(one.columns, one.rows));
  }
  for (const warning of document.warnings) lines.push(`Warning: ${printable(warning)}`);
  for (const blocker of document.blockers) {
    lines.push(`Blocked: ${printable(blocker.message)} ${printable(blocker.next)}`);
  }
  if (plan.refusal) lines.push(`You may not start it: ${plan.refusal.message} ${plan.refusal.next}`);
  lines.push('', `Hash ${plan.hash}`);
  if (plan.runId) lines.push(`Started as run ${plan.runId}`);
  else if (document.blockers.length === 0) {
    const confirm = plan.confirmName === null ? '' : ` --confirm ${shellWord(printable(plan.confirmName))}`;
    lines.push(`Start it: plumbline jobs run ${plan.id} --hash ${plan.hash}${confirm}`);
  }
  return lines.join('\n');
}

/** A run: where it stands, its steps, its evidence. */
export function runText(run: Run): string {
  const took = run.seconds === null ? '' : `, ${formatValue(run.seconds, 'seconds')}`;
  const lines = [
    `Run ${run.id}: ${run.state}${took}`,
    `${printable(run.summary)} Asked for by ${printable(run.requestedByName)}, ${age(run.createdAt)}.`,
  ];
  if (run.waitingFor) lines.push(`Waits: ${printable(run.waitingFor)}`);
  if (run.progress && run.state === 'running') {
    const { done, total, what } = run.progress;
    lines.push(`${printable(what)}: ${total ? `${Math.floor((100 * done) / total)} %` : done}`);
  }
  if (run.error) lines.push(`${printable(run.error.message)} ${printable(run.error.next ?? '')}`.trim());
  lines.push(
    '',
    table(
      ['step', 'state', 'took'],
      run.steps.map((step) => [
        step.title,
        step.state,
        step.seconds === null ? '' : formatValue(step.seconds, 'seconds'),
      ]),
    ),
  );
  if (run.evidence.length > 0) {
    const rows = run.evidence.map((one) => [one.title, one.phase, one.verdict, one.id]);
    lines.push('', table(['evidence', 'phase', 'verdict', 'id'], rows));
  }
  if (run.state === 'needs-decision') {
    lines.push('', 'A step started and nobody knows whether it took effect: decide on the page of the run.');
  }
  return lines.join('\n');
}
