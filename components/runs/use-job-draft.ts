'use client';

import { useMemo } from 'react';
import { setUrl, useUrlParams } from '@/components/data/url-state';
import { type FieldValues, fieldsOf, inputOf, type SchemaField } from '@/components/runs/schema-fields';
import type { Job } from '@/lib/contract/jobs';

export interface JobDraft {
  clusterId: string;
  instanceId: string;
  fields: SchemaField[];
  values: FieldValues;
  input: Record<string, unknown>;
  setTarget(target: { clusterId: string; instanceId: string }): void;
  setValues(changes: FieldValues): void;
  /** The same draft as the address of another page: form ↔ schedule. */
  search: string;
}

function setTarget(target: { clusterId: string; instanceId: string }): void {
  setUrl(target);
}

/** A field that takes what somebody types from where a copy is kept. */
export function isTyped(job: Pick<Job, 'choices'>, field: string): boolean {
  return job.choices[field]?.from === 'typed-copy';
}

/** What is filled into a job's form. It lives in the URL, so that links prefill it and a reload loses nothing. */
export function useJobDraft(job: Job): JobDraft {
  const params = useUrlParams();
  const fields = useMemo(() => fieldsOf(job.inputSchema), [job.inputSchema]);
  const values = useMemo(() => {
    const filled: FieldValues = {};
    for (const field of fields) {
      // What is typed from a safe never stands in an address: neither the text nor what stood for an earlier one.
      const given = isTyped(job, field.name) ? null : params.get(field.name);
      filled[field.name] =
        given === null ? field.initial : field.kind === 'boolean' ? given === 'true' : given;
    }
    return filled;
  }, [fields, params, job]);
  return {
    clusterId: params.get('clusterId') ?? '',
    instanceId: params.get('instanceId') ?? '',
    fields,
    values,
    input: inputOf(fields, values),
    setTarget,
    setValues: (changes) => {
      const texts: Record<string, string | null> = {};
      for (const [name, value] of Object.entries(changes)) {
        const field = fields.find((each) => each.name === name);
        texts[name] = field && value === field.initial ? null : String(value);
      }
      setUrl(texts);
    },
    search: params.toString(),
  };
}
