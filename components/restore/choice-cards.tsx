'use client';

import type { LucideIcon } from 'lucide-react';
import { classNames } from '@/components/ui/class-names';

export interface Choice {
  id: string;
  title: string;
  text: string;
  icon?: LucideIcon;
}

interface ChoiceCardsProps {
  name: string;
  legend: string;
  choices: readonly Choice[];
  value: string;
  onChange: (id: string) => void;
}

/** One of a few, each with a sentence of what it means: large enough to hit with a tired thumb. */
export function ChoiceCards({ name, legend, choices, value, onChange }: ChoiceCardsProps) {
  return (
    <fieldset>
      <legend className="sr-only">{legend}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {choices.map(({ id, title, text, icon: Icon }) => (
          <label
            key={id}
            className={classNames(
              'flex cursor-pointer gap-3 rounded-md border p-3',
              'has-focus-visible:outline-2 has-focus-visible:outline-accent',
              value === id ? 'border-accent bg-sunken' : 'border-line hover:bg-sunken',
            )}
          >
            <input
              type="radio"
              name={name}
              value={id}
              checked={value === id}
              onChange={() => onChange(id)}
              className="mt-1 shrink-0 accent-accent"
            />
            <span className="min-w-0">
              <span className="flex items-center gap-2 font-medium">
                {Icon ? <Icon aria-hidden className="size-4 shrink-0 text-muted" /> : null}
                {title}
              </span>
              <span className="block text-sm text-muted">{text}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
