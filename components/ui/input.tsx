'use client';

import type { InputHTMLAttributes, Ref, TextareaHTMLAttributes } from 'react';
import { classNames } from '@/components/ui/class-names';
import { controlClass, useFieldControl } from '@/components/ui/field';

export function Input({
  className,
  ref,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input ref={ref} {...useFieldControl()} {...rest} className={classNames(controlClass, className)} />;
}

/** Several lines; `mono` for certificates, SQL and keys. */
export function Textarea({
  className,
  mono = false,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { mono?: boolean }) {
  return (
    <textarea
      {...useFieldControl()}
      {...rest}
      className={classNames(controlClass, 'h-auto min-h-20 py-1.5', mono && 'font-mono text-sm', className)}
    />
  );
}
