'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/input';

interface SecretInputProps {
  name: string;
  value: string;
  onChange: (text: string) => void;
}

/**
 * A long secret that is typed from paper: hidden from who looks over the shoulder, shown while it is compared
 * with it. How many characters there are is always said, since a hidden line tells nothing of a slip.
 */
export function SecretInput({ name, value, onChange }: SecretInputProps) {
  const [isShown, setIsShown] = useState(false);
  const count = value.replaceAll(/\s/g, '').length;
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div className="space-y-1">
      <div className="flex items-stretch gap-2">
        <Input
          name={name}
          type={isShown ? 'text' : 'password'}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="new-password"
          autoCapitalize="off"
          spellCheck={false}
          data-1p-ignore
          className="min-w-0 flex-1 font-mono"
        />
        <Button onClick={() => setIsShown(!isShown)} aria-pressed={isShown}>
          <Icon aria-hidden size={16} />
          {isShown ? 'Hide' : 'Show'}
        </Button>
      </div>
      <p className="text-sm text-muted tabular-nums" aria-live="polite">
        {count === 1 ? '1 character' : `${count} characters`}, blanks not counted.
      </p>
    </div>
  );
}
