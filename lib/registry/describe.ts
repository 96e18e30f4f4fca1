import { z } from 'zod';
import type { ChoiceSource, JsonObject } from '@/lib/engine/define-job';
import type { Catalogue } from '@/lib/engine/descriptors';
import { checks } from '@/lib/registry/checks.gen';
import { criteria } from '@/lib/registry/criteria.gen';
import { jobs } from '@/lib/registry/jobs.gen';

/**
 * What can be said about every definition without running it; the generator stores this as descriptors.json, with
 * what sources ask: those are the workers'.
 */
export function describeCatalogue(): Omit<Catalogue, 'asks'> {
  return {
    checks: Object.entries(checks).map(([id, { derive: _derive, ...rest }]) => ({ id, ...rest })),
    jobs: Object.entries(jobs).map(([id, job]) => ({
      id,
      title: job.title,
      summary: job.summary,
      version: job.version,
      risk: job.risk,
      permission: job.permission,
      as: job.as,
      runsOn: job.runsOn,
      schedulable: job.schedulable ?? false,
      twoPeople: job.twoPeople ?? false,
      where: job.where ?? null,
      answers: job.answers ?? null,
      shows: job.shows ?? null,
      recovers: job.recovers ?? null,
      inputSchema: z.toJSONSchema(job.input) as JsonObject,
      choices: (job.choices ?? {}) as Record<string, ChoiceSource>,
      steps: job.steps.map((step) => ({
        name: step.name,
        title: step.title,
        safety: step.safety,
        pointOfNoReturn: step.pointOfNoReturn ?? false,
      })),
      undo: 'none' in job.undo ? job.undo : { job: job.undo.job, label: job.undo.label },
    })),
    criteria: Object.entries(criteria).map(([id, { evaluate: _evaluate, ...rest }]) => ({ id, ...rest })),
  };
}
