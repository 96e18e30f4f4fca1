import type { RetentionPolicy } from '@/lib/contract/retention';

/** The numbers of a policy as the form and the address have them. */
export const policyFields = [
  { name: 'daily', group: 'Dumps', label: 'Days', hint: 'The newest dump of each of the last so many days.' },
  { name: 'monthly', group: 'Dumps', label: 'Months', hint: 'And the newest of so many months.' },
  { name: 'yearly', group: 'Dumps', label: 'Years', hint: 'And the newest of so many years.' },
  {
    name: 'weeklyFulls',
    group: 'Backup sets',
    label: 'Weeks of fulls',
    hint: 'The newest full backup of each week.',
  },
  {
    name: 'dailyDiffs',
    group: 'Backup sets',
    label: 'Days of diffs',
    hint: 'The newest differential or incremental one of each day.',
  },
  {
    name: 'walDays',
    group: 'Backup sets',
    label: 'Days to any second',
    hint: 'WAL is kept without a hole for so long.',
  },
] as const;

export type PolicyField = (typeof policyFields)[number]['name'];
export type PolicyDraft = Record<PolicyField | 'zone', string>;

export function draftOf({ logical, physical, zone }: RetentionPolicy): PolicyDraft {
  const numbers = { ...logical, ...physical };
  const texts = policyFields.map(({ name }) => [name, String(numbers[name])]);
  return { ...(Object.fromEntries(texts) as Record<PolicyField, string>), zone };
}

/** What is not a number becomes NaN: the API’s schema says so at its field. */
export function policyOf(draft: PolicyDraft): RetentionPolicy {
  const number = (name: PolicyField) => (draft[name].trim() === '' ? Number.NaN : Number(draft[name]));
  return {
    logical: { daily: number('daily'), monthly: number('monthly'), yearly: number('yearly') },
    physical: {
      weeklyFulls: number('weeklyFulls'),
      dailyDiffs: number('dailyDiffs'),
      walDays: number('walDays'),
    },
    zone: draft.zone.trim(),
  };
}
