import type { AnyCheck } from '@/lib/engine/define-check';
import type { CriterionDefinition } from '@/lib/engine/define-criterion';
import type {
  AnswerForm,
  ChoiceSource,
  JsonObject,
  Purpose,
  RecoveryUse,
  StepSafety,
} from '@/lib/engine/define-job';
import type { Permission } from '@/lib/engine/roles';

/** A check without its code: what the web, the pages and the command line may know of it. */
export type CheckDescriptor = Omit<AnyCheck, 'derive'> & { id: string };

/** One thing that a source asks for the rows of its checks: a statement, or in words what is no SQL. */
export interface SourceAsk {
  title: string;
  /** The lowest server_version_num that is asked so; null: every version is. */
  fromVersion: number | null;
  /** As it is sent, with `$1` for what is bound. */
  sql: string | null;
  /** When, where, and what of it can be another way. */
  note: string | null;
}

export interface JobDescriptor {
  id: string;
  title: string;
  summary: string;
  version: number;
  risk: 'read' | 'low' | 'high';
  permission: Permission;
  as: Purpose;
  runsOn: 'primary' | 'standby' | 'any';
  schedulable: boolean;
  /** On production it needs the word of a second person, or broken glass. */
  twoPeople: boolean;
  /** Which workers can do it, where not any worker of the pool can. */
  where: 'host' | 'drills' | null;
  /** Of kinds that only read: how the answer is drawn. */
  answers: AnswerForm | null;
  /** The type of evidence that a page shows of it. */
  shows: string | null;
  /** What the restore page offers it for. */
  recovers: RecoveryUse | null;
  /** JSON schema (draft 2020-12) of the input: the form is built from it. */
  inputSchema: JsonObject;
  choices: Record<string, ChoiceSource>;
  steps: { name: string; title: string; safety: StepSafety; pointOfNoReturn: boolean }[];
  undo: { job: string; label: string } | { none: string };
}

export type CriterionDescriptor = Omit<CriterionDefinition, 'evaluate'> & { id: string };

export interface Catalogue {
  checks: CheckDescriptor[];
  /** By the name that a check's `rowsFrom` gives. */
  asks: Record<string, readonly SourceAsk[]>;
  jobs: JobDescriptor[];
  criteria: CriterionDescriptor[];
}
