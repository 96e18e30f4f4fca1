'use client';

import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import type { StanzaMade } from '@/lib/contract/stanzas';

/** The passes of new repositories, this once: it closes by its button only, not by a stray click. */
export function PassesDialog({ passes, onClose }: { passes: StanzaMade['passes']; onClose: () => void }) {
  return (
    <Dialog
      open={passes.length > 0}
      title="Keep these passes outside of the console"
      description="They are shown this once. Without its pass nothing in a repository can be read again, by anybody."
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <div className="flex flex-col gap-3 text-sm">
        {passes.map(({ ordinal, pass }) => (
          <div key={ordinal} className="flex flex-col gap-1">
            <h3 className="font-medium">Repository {ordinal}</h3>
            <CodeBlock code={pass} label={`Pass of repository ${ordinal}`} wrap />
          </div>
        ))}
        <p className="text-muted">
          Type it back once: a drill with the kept copy, from this page, shows that it opens the repository.
          Two places are better than one: a password safe that more than one person can open, and a sheet in a
          drawer that locks.
        </p>
      </div>
    </Dialog>
  );
}
