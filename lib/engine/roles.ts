/** Who a person (or token) is to the console; each may do all that the one before may. */
export const roleNames = ['viewer', 'operator', 'dba'] as const;
export type RoleName = (typeof roleNames)[number];

/** What may be allowed. A route or a job kind names exactly one. */
export const permissionRoles = {
  read: 'viewer',
  'statement-literals': 'operator',
  'cancel-run': 'operator',
  mark: 'operator',
  mute: 'operator',
  'signal-session': 'operator',
  backup: 'operator',
  drill: 'operator',
  'restore-beside': 'operator',
  restore: 'dba',
  schedule: 'dba',
  maintain: 'dba',
  'manage-instances': 'dba',
  'manage-checks': 'dba',
  'pin-backup': 'operator',
  'manage-retention': 'dba',
  'manage-storages': 'dba',
  'manage-people': 'dba',
  'break-glass': 'dba',
  'manage-channels': 'dba',
  'own-account': 'viewer',
} as const satisfies Record<string, RoleName>;

export type Permission = keyof typeof permissionRoles;

export function isAllowed(role: RoleName, permission: Permission): boolean {
  return roleNames.indexOf(role) >= roleNames.indexOf(permissionRoles[permission]);
}
