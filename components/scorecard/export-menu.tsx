'use client';

import { Download, Printer } from 'lucide-react';
import { downloadScorecard } from '@/components/scorecard/export';
import { Button } from '@/components/ui/button';
import { Menu } from '@/components/ui/menu';
import type { ClusterScorecard, CriterionInfo } from '@/lib/contract/scorecard';

interface ExportMenuProps {
  name: string;
  at: string;
  criteria: readonly CriterionInfo[];
  clusters: readonly ClusterScorecard[];
}

/** Takes the scorecard out of the console: files for auditors, paper for meetings. */
export function ExportMenu({ name, at, criteria, clusters }: ExportMenuProps) {
  const save = (as: 'csv' | 'json') => downloadScorecard(as, name, at, criteria, clusters);
  return (
    <span className="no-print flex gap-2">
      <Button icon={<Printer aria-hidden className="size-4" />} onClick={() => window.print()}>
        Print
      </Button>
      <Menu
        label="Export the scorecard"
        trigger={<Button icon={<Download aria-hidden className="size-4" />}>Export</Button>}
        items={[
          { id: 'csv', label: 'CSV, a line per criterion', onSelect: () => save('csv') },
          { id: 'json', label: 'JSON, with all evidence ids', onSelect: () => save('json') },
        ]}
      />
    </span>
  );
}
