'use client';

import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

export interface MenuItem {
  id: string;
  label: ReactNode;
  onSelect: () => void;
  icon?: ReactNode;
  disabled?: boolean;
  /** Drawn with a tick when true. */
  checked?: boolean;
}

const itemClass =
  'flex cursor-pointer items-center gap-2 rounded px-2 py-1 text-sm outline-none data-disabled:cursor-not-allowed data-disabled:text-faint data-highlighted:bg-sunken';

/** A button that opens a list of acts or of choices that can be ticked. */
export function Menu({
  trigger,
  items,
  label,
}: {
  trigger: ReactNode;
  items: readonly MenuItem[];
  label: string;
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-96 min-w-44 overflow-auto rounded-md border border-line bg-raised p-1 shadow-raised"
        >
          {items.map((item) =>
            item.checked === undefined ? (
              <DropdownMenu.Item
                key={item.id}
                disabled={item.disabled}
                onSelect={item.onSelect}
                className={itemClass}
              >
                {item.icon}
                {item.label}
              </DropdownMenu.Item>
            ) : (
              <DropdownMenu.CheckboxItem
                key={item.id}
                checked={item.checked}
                disabled={item.disabled}
                onSelect={(event) => {
                  event.preventDefault();
                  item.onSelect();
                }}
                className={itemClass}
              >
                <span aria-hidden className="inline-block w-4 text-accent">
                  {item.checked ? '✓' : ''}
                </span>
                {item.label}
              </DropdownMenu.CheckboxItem>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
