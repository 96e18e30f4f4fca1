'use client';

import { useApprovals } from '@/components/approvals/use-approvals';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { plural } from '@/lib/base/format';

/** On every page, until another person has looked at what was done alone. */
export function GlassBanner() {
  const approvals = useApprovals().data;
  const glass = approvals?.glass.find(({ reviewedAt }) => reviewedAt === null);
  if (!approvals || !glass) return null;
  const others = approvals.unreviewed - 1;
  return (
    <div className="mb-4">
      <Banner
        tone="crit"
        title={`${glass.byName} broke the glass on ${glass.clusterName}`}
        actions={
          <ButtonLink href="/approvals" size="small">
            Review it
          </ButtonLink>
        }
      >
        {glass.title} was started without a second person: “{glass.reason}”
        {others > 0 ? `, and ${plural(others, 'other')} before` : ''}. Another person has to review it.
      </Banner>
    </div>
  );
}
