import { z } from 'zod';
import { instanceSchema, singleLine } from '@/lib/contract/instances';

export const environmentSuggestions = ['production', 'staging', 'development', 'test'] as const;

/**
 * What a cluster counts as when nobody says it: production by an environment whose name begins with `prod`, and by
 * `live`; anything else (staging, `non-prod`) not.
 */
export function namesProduction(environment: string): boolean {
  return /^(prod|live$)/i.test(environment.trim());
}

/** A name that people give: any text on one line, markup and quotes included, since pages show it as text. */
export const newClusterSchema = z.object({
  name: singleLine('The name', 100),
  environment: singleLine('The environment', 40).default('production'),
  /** People depend on it: what is risky needs a second person. By the environment's name where it is left out. */
  isProduction: z.boolean().optional(),
});
export type NewCluster = z.infer<typeof newClusterSchema>;

export const changeClusterSchema = z
  .object({
    name: singleLine('The name', 100).optional(),
    environment: singleLine('The environment', 40).optional(),
    isProduction: z.boolean().optional(),
    /** The cluster's name, typed: to lift the second person. */
    confirm: z.string().optional(),
  })
  .refine(
    ({ confirm: _, ...change }) => Object.values(change).some((value) => value !== undefined),
    'Nothing to change was given.',
  );
export type ChangeCluster = z.infer<typeof changeClusterSchema>;

/** Removing a cluster asks for its name, typed. */
export const confirmNameSchema = z.object({ confirm: z.string() });

export const clusterSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  environment: z.string(),
  /** What is risky needs a second person here. */
  isProduction: z.boolean(),
  systemIdentifier: z.string().nullable(),
  createdAt: z.string(),
  /** Who answers as primary now, or who did last. Null when no server of the cluster ever did. */
  primary: z
    .object({
      instanceId: z.uuid(),
      name: z.string(),
      reachable: z.boolean(),
      /** Why the sentence “this is the primary” needs care: unreachable, or two servers say they are. */
      caution: z.string().nullable(),
    })
    .nullable(),
  instances: z.array(instanceSchema),
  findings: z.object({ crit: z.number(), warn: z.number(), unknown: z.number() }),
  schedules: z.number(),
  backups: z.number(),
});
export type ClusterView = z.infer<typeof clusterSchema>;

export const clusterListSchema = z.object({ items: z.array(clusterSchema) });
