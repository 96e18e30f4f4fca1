'use client';

import { navItems } from '@/components/shell/nav-items';
import { Dialog } from '@/components/ui/dialog';

const groups: [title: string, keys: [keys: string, what: string][]][] = [
  [
    'Everywhere',
    [
      ['Ctrl K or ⌘ K', 'Go to a cluster, instance, page or job'],
      [
        `g then ${navItems.map(({ key }) => key).join(' ')}`,
        navItems.map(({ label }, index) => (index === 0 ? label : label.toLowerCase())).join(', '),
      ],
      ['?', 'This sheet'],
      ['Esc', 'Close what is open'],
    ],
  ],
  [
    'Tables',
    [
      ['/', 'Filter the first table'],
      ['j k or ↓ ↑', 'Next and previous row'],
      ['Enter', 'Open the row'],
      ['Home End', 'First and last row'],
    ],
  ],
  [
    'Charts',
    [
      ['[ ]', 'Move the range back and on by half of it'],
      ['Drag', 'Show this window on the whole page'],
    ],
  ],
];

export function KeysSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys">
      <div className="flex flex-col gap-4">
        {groups.map(([title, keys]) => (
          <section key={title}>
            <h3 className="mb-1 text-sm font-semibold">{title}</h3>
            <dl className="grid grid-cols-[minmax(7rem,max-content)_1fr] gap-x-4 gap-y-1 text-sm">
              {keys.map(([key, what]) => (
                <div key={key} className="contents">
                  <dt className="font-mono text-xs leading-5">{key}</dt>
                  <dd className="text-muted">{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
