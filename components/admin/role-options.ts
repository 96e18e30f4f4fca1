import { type RoleName, roleNames } from '@/lib/engine/roles';

/** What each role may do, in the words of the forms. */
export const roleMeaning: Record<RoleName, string> = {
  viewer: 'sees everything but the literals in statements',
  operator: 'also cancels, backs up, drills and restores beside',
  dba: 'does everything, people and instances included',
};

/** Choices of a role list, up to `highest`. */
export function roleOptions(highest: RoleName = 'dba') {
  return roleNames
    .filter((role) => roleNames.indexOf(role) <= roleNames.indexOf(highest))
    .map((role) => ({ value: role, label: `${role}: ${roleMeaning[role]}` }));
}
