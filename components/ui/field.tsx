'use client';

import { createContext, type ReactNode, useContext, useId } from 'react';
import { classNames } from '@/components/ui/class-names';

interface FieldState {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const FieldContext = createContext<FieldState | undefined>(undefined);

interface FieldProps {
  label: ReactNode;
  /** What to enter, in a sentence. */
  hint?: ReactNode;
  /** What is wrong with it; usually `ApiError.fields[name]`. */
  error?: string | null;
  required?: boolean;
  children: ReactNode;
  className?: string;
}

/** A label, its control (Input, Select, Textarea), a hint and what is wrong, tied together for readers. */
export function Field({ label, hint, error, required = false, children, className }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [hintId, errorId].filter(Boolean).join(' ') || undefined;
  return (
    <FieldContext value={{ id, describedBy, invalid: Boolean(error), required }}>
      <div className={classNames('flex flex-col gap-1', className)}>
        <label htmlFor={id} className="text-sm font-medium">
          {label}
          {required ? null : <span className="ml-1 font-normal text-faint">optional</span>}
        </label>
        {children}
        {hint ? (
          <p id={hintId} className="text-sm text-muted">
            {hint}
          </p>
        ) : null}
        {error ? (
          <p id={errorId} role="alert" className="text-sm text-crit">
            {error}
          </p>
        ) : null}
      </div>
    </FieldContext>
  );
}

/** Attributes that a control inside a Field carries; empty outside one. */
export function useFieldControl(): Record<string, string | boolean | undefined> {
  const field = useContext(FieldContext);
  if (!field) return {};
  return {
    id: field.id,
    'aria-describedby': field.describedBy,
    'aria-invalid': field.invalid || undefined,
    'aria-required': field.required || undefined,
  };
}

export const controlClass = classNames(
  'control rounded-md border border-edge bg-surface text-ink placeholder:text-faint',
  'aria-invalid:border-crit disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted',
);
