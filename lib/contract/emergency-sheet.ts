import { z } from 'zod';

/** The sheet of a cluster as it lies on its worker's disk; `sheet` is null before the first was written. */
export const emergencySheetSchema = z.object({
  clusterId: z.uuid(),
  clusterName: z.string(),
  sheet: z
    .object({
      workerName: z.string(),
      path: z.string(),
      text: z.string().nullable(),
      problem: z.string().nullable(),
      writtenAt: z.string().nullable(),
      lookedAt: z.string(),
    })
    .nullable(),
});
export type EmergencySheetView = z.infer<typeof emergencySheetSchema>;
