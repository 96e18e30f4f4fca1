'use client';

import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';

/** How a receiver makes sure that a message is ours and of now. */
export const verification = `import { createHmac, timingSafeEqual } from 'node:crypto';

// header: X-Plumbline-Signature; body: the request's bytes as they came
export function isGenuine(secret, header, body) {
  const [, time, mac] = /^t=(\\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (!time || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const expected = createHmac('sha256', secret).update(\`\${time}.\${body}\`).digest();
  return timingSafeEqual(Buffer.from(mac, 'hex'), expected);
}
// A message may come twice: drop a second one with the same Idempotency-Key.`;

/** A webhook's secret, shown this once: it closes by its button only. */
export function SigningSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      open
      wide
      onOpenChange={() => undefined}
      title="The signing secret of this webhook"
      description="It is shown this once; a sealed copy is kept that workers alone can open."
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <div className="flex flex-col gap-3 text-sm">
        <CodeBlock code={secret} label="Signing secret" wrap />
        <p>Your receiver tells by it that a message is ours:</p>
        <CodeBlock code={verification} label="Verification in Node.js" />
      </div>
    </Dialog>
  );
}
