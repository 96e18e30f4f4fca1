'use client';

import Link from 'next/link';
import { nameOfCopy } from '@/components/copies/words';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import type { Copy } from '@/lib/contract/copies';

/** Those that can be read from now. */
export function openOnes(copies: readonly Copy[]): Copy[] {
  return copies.filter(({ state }) => state === 'open');
}

/** The copy that the address names if it is open; else the only one there is. Empty: one has to be chosen. */
export function chosenCopy(open: readonly Copy[], named: string): string {
  if (open.some(({ id }) => id === named)) return named;
  return open.length === 1 ? (open[0]?.id ?? '') : '';
}

interface CopyChoiceProps {
  /** At least one. */
  open: readonly Copy[];
  /** As the address says it. */
  named: string;
  onChange: (id: string) => void;
}

/** One of the cluster's open copies. */
export function CopyChoice({ open, named, onChange }: CopyChoiceProps) {
  const value = chosenCopy(open, named);
  const isGone = named !== '' && !open.some(({ id }) => id === named);
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Field
        label="Copy"
        required
        hint={isGone ? 'The one that was chosen is not open any more.' : undefined}
        className="max-w-md min-w-0 flex-1"
      >
        <Select
          placeholder="Choose a copy"
          options={open.map((copy) => ({ value: copy.id, label: nameOfCopy(copy) }))}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
      {value ? (
        <Link href={`/copies/${value}`} prefetch={false} className="link pb-1.5 text-sm">
          Look into it and compare
        </Link>
      ) : null}
    </div>
  );
}

/** Stands where a form will be that reads from a copy, until there is one. */
export function WaitsForCopy({ where, then }: { where: string; then: string }) {
  return (
    <p className="rounded-md border border-dashed border-line p-3 text-sm text-muted" data-waits="copy">
      <span className="block font-medium text-ink">Waits for an open copy</span>
      Open one {where}, at the moment just before the damage; it takes as long as a restore of the whole
      server. When its run has succeeded, {then} here by itself.
    </p>
  );
}
