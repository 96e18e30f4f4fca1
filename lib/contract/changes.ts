import { z } from 'zod';
import { singleLine } from '@/lib/contract/instances';
import { windowFields } from '@/lib/contract/series';

/** What can be seen to have changed on a server; `mark` is set by a person or a program. */
export const changeKinds = ['setting', 'restart', 'failover', 'schema', 'extension', 'mark'] as const;

/** Besides those: runs that began, and findings that opened critical. */
export const listedKinds = [...changeKinds, 'run', 'finding'] as const;
export type ListedKind = (typeof listedKinds)[number];

const isListed = (text: string): text is ListedKind => listedKinds.some((kind) => kind === text);

export const changesQuerySchema = z.object({
  clusterId: z.uuid().optional(),
  /** With what belongs to its whole cluster. */
  instanceId: z.uuid().optional(),
  /** Comma-separated; all but `finding` without it. */
  kind: z
    .string()
    .max(200)
    .transform((text) => text.split(',').filter(Boolean))
    .refine((kinds) => kinds.every(isListed), `Any of ${listedKinds.join(', ')}, with commas.`)
    .transform((kinds) => kinds.filter(isListed))
    .optional(),
  ...windowFields,
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(100).optional(),
});
export type ChangesQuery = z.infer<typeof changesQuerySchema>;

export const changeSchema = z.object({
  id: z.string(),
  /** When it happened, or was noticed where that is not known. */
  at: z.string(),
  /** Where only two moments are known between which it happened: the earlier one; `at` is the later. */
  since: z.string().nullable(),
  kind: z.enum(listedKinds),
  clusterId: z.string().nullable(),
  clusterName: z.string().nullable(),
  instanceId: z.string().nullable(),
  instanceName: z.string().nullable(),
  database: z.string().nullable(),
  /** What has changed, by name; of a run the job's title, of a finding the check's. */
  object: z.string(),
  sentence: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  /** Where a setting's value comes from. */
  source: z.string().nullable(),
  byName: z.string().nullable(),
  /** Of a run its state; of a finding when it closed. */
  state: z.string().nullable(),
  /** Of a finding its check, and the part of a page that draws it. */
  checkId: z.string().nullable(),
  feeds: z.string().nullable(),
  /** Of a table that was dropped its parts: what a restore of it asks for. */
  lost: z.object({ schema: z.string(), table: z.string() }).nullable(),
});
export type Change = z.infer<typeof changeSchema>;

/** A server or database that something could not be read from, why, and what mends it. */
export const unknownPlaceSchema = z.object({
  instanceId: z.string(),
  instanceName: z.string(),
  database: z.string().nullable(),
  reason: z.string(),
  mend: z.string().nullable(),
});
export type UnknownPlace = z.infer<typeof unknownPlaceSchema>;

/** `GET /api/v1/changes`, newest first. */
export const changesSchema = z.object({
  from: z.string(),
  to: z.string(),
  items: z.array(changeSchema),
  nextCursor: z.string().nullable(),
  /** Servers and databases whose changes are not known, and why. */
  unknown: z.array(unknownPlaceSchema),
});
export type Changes = z.infer<typeof changesSchema>;

/** `POST /api/v1/marks`, with the header Idempotency-Key when it may be sent twice. */
export const newMarkSchema = z.strictObject({
  text: singleLine('The text', 200),
  /** Without one it stands on the charts of every cluster. */
  clusterId: z.uuid().nullish(),
  /** Now without it. */
  at: z.iso.datetime({ offset: true }).nullish(),
});
export type NewMark = z.infer<typeof newMarkSchema>;

export const markSetSchema = z.object({ id: z.string(), at: z.string() });
