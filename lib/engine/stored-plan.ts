import type { JsonObject, PlanDraft } from '@/lib/engine/define-job';

/** The plan as it is stored and reviewed: the draft and the lock keys that its run will take. */
export interface StoredPlan extends PlanDraft<JsonObject> {
  lockKeys: string[];
  /** Seconds that earlier runs of this kind on this target took, newest first. */
  pastDurations: number[];
}
