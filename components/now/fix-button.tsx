'use client';

import { ActButton } from '@/components/activity/act-button';
import { useJobs } from '@/components/data/jobs';
import { fixHref } from '@/components/now/fix-link';
import { type FieldValues, fieldsOf, inputOf } from '@/components/runs/schema-fields';
import { ButtonLink } from '@/components/ui/button';
import type { Finding } from '@/lib/contract/findings';
import type { Job } from '@/lib/contract/jobs';

type Fix = Finding['fixes'][number];

/** The input of a fix as the job takes it; undefined when a field is left for a person to fill in. */
function wholeInput(job: Job, fix: Fix): Record<string, string | number | boolean> | undefined {
  const fields = fieldsOf(job.inputSchema);
  const values: FieldValues = {};
  for (const field of fields) {
    const given = fix.input[field.name];
    const isGiven = typeof given === 'string' || typeof given === 'number';
    if (field.required && !isGiven) return undefined;
    values[field.name] = typeof given === 'boolean' ? given : isGiven ? String(given) : field.initial;
  }
  return inputOf(fields, values) as Record<string, string | number | boolean>;
}

/** An act that mends a finding: straight to its plan where little is at risk and nothing is left to fill in. */
export function FixButton({ finding, fix }: { finding: Finding; fix: Fix }) {
  const job = useJobs().data?.items.find(({ id }) => id === fix.job);
  const input = job?.risk === 'low' ? wholeInput(job, fix) : undefined;
  if (!input || !finding.instanceId) {
    return (
      <ButtonLink href={fixHref(finding, fix)} size="small">
        {fix.label}
      </ButtonLink>
    );
  }
  return (
    <ActButton
      job={fix.job}
      label={fix.label}
      clusterId={finding.clusterId}
      instanceId={finding.instanceId}
      input={input}
    />
  );
}
