import {
  Archive,
  CalendarClock,
  ClipboardCheck,
  Cpu,
  Database,
  Gauge,
  History,
  ListChecks,
  type LucideIcon,
  Play,
  Settings,
  Siren,
  TriangleAlert,
  Wrench,
} from 'lucide-react';

export interface NavItem {
  href: string;
  label: string;
  icon: LucideIcon;
  /** Other paths that belong to it. */
  also?: readonly string[];
  /** The key after `g` that goes there. */
  key: string;
}

/** The console's pages, by what people come for: see, act, prove, run the console itself. */
export const navItems: readonly NavItem[] = [
  { href: '/', label: 'Fleet', icon: Gauge, also: ['/instances'], key: 'f' },
  { href: '/now', label: 'Now', icon: Siren, also: ['/alerts'], key: 'n' },
  { href: '/findings', label: 'Findings', icon: TriangleAlert, key: 'i' },
  { href: '/changes', label: 'Changes', icon: History, key: 'h' },
  { href: '/checks', label: 'Checks', icon: ListChecks, key: 'k' },
  { href: '/clusters', label: 'Clusters', icon: Database, also: ['/copies'], key: 'c' },
  { href: '/runs', label: 'Runs', icon: Play, also: ['/plans', '/approvals'], key: 'r' },
  { href: '/jobs', label: 'Jobs', icon: Wrench, key: 'j' },
  { href: '/backups', label: 'Backups', icon: Archive, key: 'b' },
  { href: '/schedules', label: 'Schedules', icon: CalendarClock, key: 's' },
  { href: '/scorecard', label: 'Scorecard', icon: ClipboardCheck, key: 'p' },
  { href: '/workers', label: 'Workers', icon: Cpu, key: 'w' },
  { href: '/admin/people', label: 'Admin', icon: Settings, also: ['/admin'], key: 'a' },
];

export function isActive(item: NavItem, pathname: string): boolean {
  if (item.href === '/')
    return pathname === '/' || (item.also ?? []).some((path) => pathname.startsWith(path));
  return [item.href, ...(item.also ?? [])].some(
    (path) => pathname === path || pathname.startsWith(`${path}/`),
  );
}
