'use client';

import { useState } from 'react';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';

const defaultSeconds = '10';

export interface AnalyzeWish {
  values: (string | null)[];
  timeoutSeconds: number;
}

interface AnalyzeDialogProps {
  open: boolean;
  onClose: () => void;
  /** How many values it needs. */
  parameters: number;
  server: string;
  onConfirm: (wish: AnalyzeWish) => void;
}

/** Asks once more before a statement is executed, and for the values of its parameters. */
export function AnalyzeDialog({ open, onClose, parameters, server, onConfirm }: AnalyzeDialogProps) {
  const [values, setValues] = useState<Record<number, string>>({});
  const [seconds, setSeconds] = useState(defaultSeconds);
  const numbers = Array.from({ length: parameters }, (_, place) => place + 1);
  const confirm = () => {
    onConfirm({
      values: numbers.map((number) => values[number] ?? null),
      timeoutSeconds: Math.min(60, Math.max(1, Math.round(Number(seconds)) || Number(defaultSeconds))),
    });
    onClose();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title="Execute the query and measure it"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" onClick={confirm}>
            Execute it on {server}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <Banner tone="warn" title="This runs the query for real">
          It takes processor time, memory and reads on the server like any call of it, until its time limit.
          It is refused unless it only reads; it runs in a read-only transaction that is rolled back.
        </Banner>
        {numbers.map((number) => (
          <Field key={number} label={`$${number}`} hint={number === 1 ? 'Left empty it is null.' : undefined}>
            <Input
              value={values[number] ?? ''}
              onChange={(event) => {
                const { [number]: _old, ...rest } = values;
                setValues(event.target.value === '' ? rest : { ...rest, [number]: event.target.value });
              }}
              className="font-mono"
            />
          </Field>
        ))}
        <Field label="Time limit" hint="Seconds, 60 at most." required>
          <Input inputMode="numeric" value={seconds} onChange={(event) => setSeconds(event.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}
