import { z } from 'zod';

/** The facts of an answer of the form `statement-plan`; its text is the plan as the server wrote it, in JSON. */
export const statementPlanSchema = z.object({
  database: z.string(),
  kind: z.string(),
  /** `given`: with its own constants. `generic`: for any values of its parameters. `analyzed`: executed. */
  mode: z.enum(['given', 'generic', 'analyzed']),
  parameters: z.number(),
  isRewritten: z.boolean(),
  /** As it was sent. */
  statement: z.string(),
  searchPath: z.string(),
  serverVersionNum: z.number(),
  durationMs: z.number().nullable(),
  /** Why there is no plan; null when there is one. */
  refusal: z
    .object({
      reason: z.string(),
      sqlState: z.string().nullable(),
      next: z.string(),
      mend: z.string().nullable(),
    })
    .nullable(),
});
export type StatementPlan = z.infer<typeof statementPlanSchema>;
