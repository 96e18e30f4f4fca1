'use client';

import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';

/** Copies text; says so for a moment. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <IconButton label={copied ? 'Copied' : label} size="small" onClick={() => void copy()}>
      {copied ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
    </IconButton>
  );
}

interface CodeBlockProps {
  code: string;
  /** What it is, for readers: `SQL that mends this`. */
  label: string;
  wrap?: boolean;
  maxHeight?: boolean;
}

/** SQL, argv or a script, as text, with a button that copies it. */
export function CodeBlock({ code, label, wrap = false, maxHeight = true }: CodeBlockProps) {
  return (
    <div className="relative rounded-md border border-line bg-sunken">
      <section
        // A scrolling region must be reachable by keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls
        tabIndex={0}
        aria-label={label}
        className={classNames('overflow-auto', maxHeight && 'max-h-80')}
      >
        <pre
          className={classNames(
            'py-2 pr-10 pl-3 font-mono text-xs leading-5',
            wrap ? 'break-words whitespace-pre-wrap' : 'w-max min-w-full whitespace-pre',
          )}
        >
          <code>{code}</code>
        </pre>
      </section>
      <div className="absolute top-1 right-1">
        <CopyButton text={code} />
      </div>
    </div>
  );
}
