import { Archive, ChartLine, FileCheck, Play } from 'lucide-react';
import Link from 'next/link';
import { checkHref } from '@/components/instance/check-places';
import { Age } from '@/components/ui/age';
import type { EvidenceLink } from '@/lib/contract/scorecard';

const icons = { check: ChartLine, evidence: FileCheck, run: Play, backup: Archive };

/** Where a piece of evidence is opened. */
export function evidenceHref(link: EvidenceLink): string {
  switch (link.kind) {
    case 'check':
      return link.instanceId ? checkHref(link.instanceId, link.id, link.feeds) : '/';
    case 'evidence':
      return `/runs/evidence/${link.id}`;
    case 'run':
      return `/runs/${link.id}`;
    case 'backup':
      return `/backups/${link.id}`;
  }
}

/** What a verdict rests on, each a click away, with its age. */
export function EvidenceLinks({ links, most = 100 }: { links: readonly EvidenceLink[]; most?: number }) {
  if (links.length === 0) return <p className="text-sm text-muted">No evidence yet.</p>;
  return (
    <ul className="text-sm leading-6">
      {links.slice(0, most).map((link) => {
        const Icon = icons[link.kind];
        return (
          <li
            key={`${link.kind}${link.id}${link.instanceId ?? ''}${link.label}`}
            className="flex items-start gap-x-1.5"
          >
            <Icon aria-hidden className="mt-1.5 size-3.5 shrink-0 text-faint" />
            <span className="min-w-0">
              <Link href={evidenceHref(link)} prefetch={false} className="link">
                {link.label}
              </Link>{' '}
              <Age at={link.observedAt} className="text-xs text-muted" />
            </span>
          </li>
        );
      })}
      {links.length > most ? <li className="text-xs text-muted">and {links.length - most} more</li> : null}
    </ul>
  );
}
