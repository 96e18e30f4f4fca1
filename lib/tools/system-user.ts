import { readFileSync } from 'node:fs';

/** A row of /etc/passwd. */
export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

/** Looks a system user up by name in /etc/passwd (`man 5 passwd`); undefined when there is none. */
export function findSystemUser(name: string): SystemUser | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [userName, , uid, gid] = line.split(':');
    if (userName === name && uid && gid) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/**
 * The system user that servers and their tools run as. PostgreSQL refuses to run as root, so a process of
 * root steps down to PLUMBLINE_TOOL_USER, else `postgres`. Undefined when we are not root: then children
 * run as we do.
 */
export function toolUserName(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return process.env.PLUMBLINE_TOOL_USER || 'postgres';
}

/** The numeric id of the user that tools run as. */
export function toolUserId(): number | undefined {
  const name = toolUserName();
  return name ? findSystemUser(name)?.uid : process.getuid?.();
}
