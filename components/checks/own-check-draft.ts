import type { OwnCheck, OwnCheckInput } from '@/lib/contract/own-checks';

/** A column as the form has it; `key` tells rows of the form apart. */
export interface ColumnDraft {
  key: string;
  name: string;
  role: OwnCheck['columns'][number]['role'];
  label: string;
  unit: string;
  literals: boolean;
}

export interface JudgeDraft {
  key: string;
  column: string;
  worse: 'above' | 'below';
  warn: string;
  crit: string;
  forSeconds: string;
  sentence: string;
}

export interface OwnCheckDraft {
  name: string;
  title: string;
  why: string;
  target: OwnCheck['target'];
  runsOn: OwnCheck['runsOn'];
  everySeconds: string;
  timeoutMs: string;
  clusters: string;
  databases: string;
  sql: string;
  columns: ColumnDraft[];
  judge: JudgeDraft[];
}

let rows = 0;
/** A name for a row of the form that stays while rows around it come and go. */
export function rowKey(): string {
  rows += 1;
  return `row${rows}`;
}

export function newColumn(): ColumnDraft {
  return { key: rowKey(), name: '', role: 'gauge', label: '', unit: 'count', literals: false };
}

export function newJudge(column: string): JudgeDraft {
  return { key: rowKey(), column, worse: 'above', warn: '', crit: '', forSeconds: '0', sentence: '' };
}

export const emptyDraft: OwnCheckDraft = {
  name: '',
  title: '',
  why: '',
  target: 'instance',
  runsOn: 'any',
  everySeconds: '60',
  timeoutMs: '5000',
  clusters: '',
  databases: '',
  sql: '',
  columns: [newColumn()],
  judge: [],
};

const numberText = (value: number | undefined) => (value === undefined ? '' : String(value));

export function draftOf(check: OwnCheck): OwnCheckDraft {
  return {
    ...check,
    everySeconds: String(check.everySeconds),
    timeoutMs: String(check.timeoutMs),
    clusters: check.clusters.join(', '),
    databases: check.databases.join(', '),
    columns: check.columns.map(({ name, role, label = '', unit = 'count', literals = false }) => ({
      ...{ key: rowKey(), name, role, label, unit, literals },
    })),
    judge: check.judge.map(({ column, worse, warn, crit, forSeconds, sentence = '' }) => ({
      ...{ key: rowKey(), column, worse, warn: numberText(warn), crit: numberText(crit) },
      ...{ forSeconds: String(forSeconds), sentence },
    })),
  };
}

const listOf = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
const numberOf = (text: string) => (text.trim() === '' ? undefined : Number(text));

/** What the form says, as the API takes it; the schema says what is wrong with it. */
export function definitionOf(draft: OwnCheckDraft): OwnCheckInput {
  return {
    ...draft,
    everySeconds: Number(draft.everySeconds),
    timeoutMs: Number(draft.timeoutMs),
    clusters: listOf(draft.clusters),
    databases: draft.target === 'database' ? listOf(draft.databases) : [],
    columns: draft.columns.map(({ name, role, label, unit, literals }) => ({
      ...{ name, role },
      ...(role === 'text' && literals && { literals }),
      ...(label.trim() && { label }),
      ...((role === 'gauge' || role === 'counter') && { unit: unit as OwnCheck['columns'][number]['unit'] }),
    })),
    judge: draft.judge.map(({ column, worse, warn, crit, forSeconds, sentence }) => ({
      ...{ column, worse, warn: numberOf(warn), crit: numberOf(crit), forSeconds: Number(forSeconds || 0) },
      ...(sentence.trim() && { sentence }),
    })),
  };
}
