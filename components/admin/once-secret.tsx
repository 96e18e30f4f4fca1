'use client';

import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';

interface OnceSecretProps {
  title: string;
  /** Null when there is nothing to show. */
  secret: string | null;
  label: string;
  /** What is kept of it here; its hash unless said. */
  description?: string;
  children: ReactNode;
  onClose: () => void;
}

/** A password or token that is shown this once: it closes by its button only, not by a stray click. */
export function OnceSecret({ title, secret, label, description, children, onClose }: OnceSecretProps) {
  return (
    <Dialog
      open={secret !== null}
      title={title}
      description={description ?? 'It is shown this once: only its hash is kept.'}
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <div className="flex flex-col gap-2 text-sm">
        <CodeBlock code={secret ?? ''} label={label} wrap />
        {children}
      </div>
    </Dialog>
  );
}
