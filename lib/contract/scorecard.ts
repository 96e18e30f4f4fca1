import { z } from 'zod';
import { units } from '@/lib/base/units';

/** `stale` is a pass whose evidence has expired: it is never stored, only seen at the moment of reading. */
export const criterionStates = ['pass', 'fail', 'unknown', 'stale', 'not-applicable'] as const;
export type CriterionState = (typeof criterionStates)[number];

/** What a cluster has reached: each level asks for all criteria of its own and of those before it. */
export const readinessLevels = ['recoverable', 'sound', 'ready'] as const;
export type ReadinessLevel = (typeof readinessLevels)[number];

export const criterionDomains = [
  'recovery',
  'replication',
  'performance',
  'capacity',
  'schema',
  'security',
] as const;
export type CriterionDomain = (typeof criterionDomains)[number];

/** Where a verdict can be opened: a run, a chart of a check, stored evidence, a backup. */
export const evidenceLinkSchema = z.object({
  label: z.string(),
  kind: z.enum(['run', 'check', 'evidence', 'backup']),
  /** Run, evidence or backup id; or the check's id. */
  id: z.string(),
  /** Of a check: the instance whose page shows it. */
  instanceId: z.string().optional(),
  /** Of a check: the part of that page's pages that draws it. */
  feeds: z.string().optional(),
  observedAt: z.string(),
});
export type EvidenceLink = z.infer<typeof evidenceLinkSchema>;

/** How many criteria are in which state; `notApplicable` ones count neither way. */
export const scoreCountsSchema = z.object({
  pass: z.number(),
  fail: z.number(),
  unknown: z.number(),
  stale: z.number(),
  notApplicable: z.number(),
});
export type ScoreCounts = z.infer<typeof scoreCountsSchema>;

export const scoreSchema = z.object({
  counts: scoreCountsSchema,
  /** Share of the applicable criteria that pass, in whole percent rounded down; null when none applies. */
  provenPercent: z.number().nullable(),
  /** The highest level of which, and of all before it, everything is proven; null is none. */
  level: z.enum(readinessLevels).nullable(),
  /** How many red lines are not proven: any of them keeps the level at none. */
  redLines: z.number(),
  /** `82 % proven · 11 % unknown · 7 % failing`. */
  sentence: z.string(),
});
export type Score = z.infer<typeof scoreSchema>;

/** What a criterion asks, as its definition says. */
export const criterionInfoSchema = z.object({
  id: z.string(),
  title: z.string(),
  why: z.string(),
  domain: z.enum(criterionDomains),
  level: z.enum(readinessLevels),
  redLine: z.boolean(),
  unit: z.enum(units),
  /** Of a count: what is counted, as words after the number. */
  counted: z.object({ one: z.string(), many: z.string() }).nullable(),
  objective: z.string(),
  expiresAfterSeconds: z.number(),
  version: z.number(),
  /** The job kind that earns the evidence. */
  earnedBy: z.object({ job: z.string(), title: z.string() }).nullable(),
});
export type CriterionInfo = z.infer<typeof criterionInfoSchema>;

/** One criterion of one cluster at the moment of reading. */
export const scorecardCellSchema = z.object({
  criterionId: z.string(),
  state: z.enum(criterionStates),
  value: z.number().nullable(),
  /** What was found and, if it does not pass, what to do. */
  sentence: z.string(),
  links: z.array(evidenceLinkSchema),
  observedAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  /** When the present state began, and when an evaluation last saw it; null before the first evaluation. */
  since: z.string().nullable(),
  confirmedAt: z.string().nullable(),
});
export type ScorecardCell = z.infer<typeof scorecardCellSchema>;

export const clusterScorecardSchema = z.object({
  cluster: z.object({ id: z.string(), name: z.string(), environment: z.string() }),
  score: scoreSchema,
  cells: z.array(scorecardCellSchema),
});
export type ClusterScorecard = z.infer<typeof clusterScorecardSchema>;

/** `GET /api/v1/scorecard`: clusters with the least proven first. */
export const scorecardSchema = z.object({
  at: z.string(),
  criteria: z.array(criterionInfoSchema),
  clusters: z.array(clusterScorecardSchema),
});
export type Scorecard = z.infer<typeof scorecardSchema>;

/** `GET /api/v1/scorecard/:clusterId`. */
export const clusterScorecardPageSchema = clusterScorecardSchema.extend({
  at: z.string(),
  criteria: z.array(criterionInfoSchema),
});
export type ClusterScorecardPage = z.infer<typeof clusterScorecardPageSchema>;

/** A stretch of time in which a criterion stood as it did. */
export const criterionHistoryEntrySchema = z.object({
  state: z.enum(criterionStates),
  value: z.number().nullable(),
  sentence: z.string(),
  links: z.array(evidenceLinkSchema),
  definitionVersion: z.number(),
  from: z.string(),
  confirmedAt: z.string(),
});

/** `GET /api/v1/scorecard/:clusterId/:criterionId`: the cell and what it was before, newest first. */
export const criterionDetailSchema = z.object({
  at: z.string(),
  cluster: clusterScorecardSchema.shape.cluster,
  criterion: criterionInfoSchema,
  cell: scorecardCellSchema,
  history: z.array(criterionHistoryEntrySchema),
});
export type CriterionDetail = z.infer<typeof criterionDetailSchema>;
