import type { changeKinds } from '@/lib/contract/changes';
import type { JsonObject } from '@/lib/engine/define-job';

export type ChangeKind = (typeof changeKinds)[number];

/** A change that was found, before it is stored. */
export interface NewChange {
  kind: ChangeKind;
  /** When it happened as well as is known, ISO 8601; undefined: when it was noticed. */
  at?: string;
  /** Empty for what belongs to the whole server or cluster. */
  database: string;
  /** What has changed, by name: text of a watched server, never to be trusted. */
  object: string;
  /** In words, without the names of instance and cluster. */
  sentence: string;
  /** `before`, `after`, `source` and what else is known. */
  details: JsonObject;
}
