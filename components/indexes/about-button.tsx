'use client';

import { Info } from 'lucide-react';
import { setUrl } from '@/components/data/url-state';
import { IconButton } from '@/components/ui/button';

/** Opens what a check reads and the very SQL, as the titles of other panels do. */
export function AboutButton({ check }: { check: string | undefined }) {
  if (check === undefined) return null;
  return (
    <IconButton
      label="What is read, and its SQL"
      size="small"
      onClick={() => setUrl({ about: check }, 'push')}
    >
      <Info aria-hidden className="size-4" />
    </IconButton>
  );
}
