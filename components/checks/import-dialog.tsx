'use client';

import { useQueryClient } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { useToast } from '@/components/ui/toast';
import { plural } from '@/lib/base/format';
import { importedSchema } from '@/lib/contract/own-checks';

/** Takes checks from YAML: all of the file or nothing. */
export function ImportDialog({ refusal }: { refusal: string | null }) {
  const client = useQueryClient();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const [yaml, setYaml] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const { items } = await api.post('/api/v1/own-checks/import', { yaml }, importedSchema);
      const off = items.filter(({ enabled }) => !enabled).length;
      const title = `${plural(items.length, 'check')} imported${off > 0 ? `; ${off} switched off until tried` : ''}`;
      toast({ title, tone: 'ok' });
      await client.invalidateQueries({ queryKey: ['/api/v1/checks/overview'] });
      setOpen(false);
      setYaml('');
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <>
      <Button
        disabled={refusal !== null}
        title={refusal ?? undefined}
        icon={<FileUp aria-hidden className="size-4" />}
        onClick={() => setOpen(true)}
      >
        Import YAML
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        wide
        title="Import checks"
        description="A check of the same name gets a new version. What a server is asked anew waits, switched off, until it was tried."
      >
        <form onSubmit={(event) => void submit(event)} className="space-y-3">
          <Field label="YAML" required>
            <Textarea
              mono
              rows={14}
              value={yaml}
              spellCheck={false}
              onChange={(event) => setYaml(event.target.value)}
            />
          </Field>
          <ErrorLine error={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" look="primary" busy={busy} disabled={yaml.trim() === ''}>
              Import
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
