'use client';

import { OwnCheckForm } from '@/components/checks/own-check-form';
import { PageHeader } from '@/components/ui/page-header';

/** A new check of one's own: typed, tried, then switched on. */
export function NewOwnCheckPage({ refusal }: { refusal: string | null }) {
  return (
    <>
      <PageHeader
        title="A check of your own"
        note="One query with thresholds. It is tried first, then asked, kept, judged and drawn like every other check."
      />
      <OwnCheckForm refusal={refusal} />
    </>
  );
}
