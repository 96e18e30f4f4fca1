import { z } from 'zod';
import { type Permission, permissionRoles } from '@/lib/engine/roles';

const permissions = Object.keys(permissionRoles) as [Permission, ...Permission[]];

/** Where a form takes the choices of a field from. */
export const choiceSourceSchema = z.discriminatedUnion('from', [
  z.object({ from: z.literal('databases') }),
  z.object({ from: z.literal('backups'), type: z.enum(['logical', 'physical']).optional() }),
  z.object({ from: z.literal('copies') }),
  z.object({ from: z.literal('storages') }),
  z.object({ from: z.literal('uploads') }),
  z.object({ from: z.literal('typed-copy'), of: z.enum(['repository', 'dump-key']), by: z.string() }),
  z.object({ from: z.literal('rows'), check: z.string(), column: z.string() }),
]);

/** Why this person may not, and whom to ask. */
export const refusalSchema = z.object({ message: z.string(), next: z.string() });

export const jobSchema = z.object({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  version: z.number(),
  risk: z.enum(['read', 'low', 'high']),
  permission: z.enum(permissions),
  /** The login that it uses. */
  as: z.enum(['watch', 'backup', 'operate']),
  runsOn: z.enum(['primary', 'standby', 'any']),
  schedulable: z.boolean(),
  /** On a production cluster a second person approves its plan first. */
  twoPeople: z.boolean(),
  /** Of kinds that only read (`POST /api/v1/reads`): how the answer is drawn. */
  answers: z.enum(['statement-plan', 'text', 'rows']).nullable(),
  /** What the restore page offers it for. */
  recovers: z
    .enum([
      'moment',
      'copy',
      'browse',
      'compare',
      'ask',
      'close',
      'table',
      'database',
      'swap',
      'drop',
      'cluster',
      'exchange',
      'repoint',
    ])
    .nullable(),
  /** JSON schema (draft 2020-12) of the input. */
  inputSchema: z.record(z.string(), z.json()),
  choices: z.record(z.string(), choiceSourceSchema),
  steps: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      safety: z.enum(['pure', 'idempotent', 'probeable', 'once']),
      pointOfNoReturn: z.boolean(),
    }),
  ),
  undo: z.union([z.object({ job: z.string(), label: z.string() }), z.object({ none: z.string() })]),
  /** Null when the reader may run it. */
  refusal: refusalSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;

/** `GET /api/v1/jobs`. */
export const jobsSchema = z.object({ items: z.array(jobSchema) });

export const jobChoicesQuerySchema = z.object({ clusterId: z.uuid(), instanceId: z.uuid().optional() });

/** One value that a field can take; `with` fills the other fields of the same row. */
export const choiceSchema = z.object({
  value: z.string(),
  label: z.string(),
  note: z.string().nullable(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type Choice = z.infer<typeof choiceSchema>;

/** `GET /api/v1/jobs/:kind/choices?clusterId=`: what the fields of a form can take on this cluster. */
export const jobChoicesSchema = z.object({
  fields: z.record(
    z.string(),
    z.object({
      items: z.array(choiceSchema),
      /** When it was observed; null when nothing is known. */
      observedAt: z.string().nullable(),
      /** Why there is nothing to choose, when there is not. */
      emptyReason: z.string().nullable(),
    }),
  ),
});
export type JobChoices = z.infer<typeof jobChoicesSchema>;
