'use client';

import type { SelectHTMLAttributes } from 'react';
import { classNames } from '@/components/ui/class-names';
import { controlClass, useFieldControl } from '@/components/ui/field';

export interface SelectOption {
  value: string;
  label: string;
  disabled?: boolean;
}

interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'children'> {
  options: readonly SelectOption[];
  /** Shown as the first, empty choice. */
  placeholder?: string;
}

/** The browser's own list: it works with every keyboard, reader and phone. */
export function Select({ options, placeholder, className, ...rest }: SelectProps) {
  return (
    <select {...useFieldControl()} {...rest} className={classNames(controlClass, 'pr-1', className)}>
      {placeholder === undefined ? null : <option value="">{placeholder}</option>}
      {options.map((option) => (
        <option key={option.value} value={option.value} disabled={option.disabled}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
