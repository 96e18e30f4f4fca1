'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useCallback, useMemo, useState } from 'react';
import { z } from 'zod';
import { ColumnRows } from '@/components/checks/column-rows';
import { JudgeRows } from '@/components/checks/judge-rows';
import { definitionOf, draftOf, emptyDraft, type OwnCheckDraft } from '@/components/checks/own-check-draft';
import { QuestionFields } from '@/components/checks/question-fields';
import { TrialPanel } from '@/components/checks/trial-panel';
import { ApiError, api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Panel } from '@/components/ui/panel';
import { useToast } from '@/components/ui/toast';
import {
  type OwnCheck,
  type OwnCheckView,
  ownCheckDetailSchema,
  ownCheckSchema,
} from '@/lib/contract/own-checks';

interface OwnCheckFormProps {
  /** The check as it stands; a new one without it. */
  check?: OwnCheckView;
  refusal: string | null;
  onSaved?: () => void;
}

/** All that a trial has to have seen: the rest asks no server anything. */
function askedText({ sql, columns, target, timeoutMs }: OwnCheck): string {
  return JSON.stringify([sql, columns.map(({ name, role }) => [name, role]), target, timeoutMs]);
}

/** A check of one's own from typing over its trial to running. */
export function OwnCheckForm({ check, refusal, onSaved }: OwnCheckFormProps) {
  const router = useRouter();
  const toast = useToast();
  const [draft, setDraft] = useState<OwnCheckDraft>(() => (check ? draftOf(check.definition) : emptyDraft));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState<'on' | 'off' | null>(null);
  const [passed, setPassed] = useState<string | null>(() =>
    check && (check.tried || check.enabled) ? askedText(check.definition) : null,
  );
  const [lastTried, setLastTried] = useState<string | null>(null);
  const change = (part: Partial<OwnCheckDraft>) => setDraft((before) => ({ ...before, ...part }));
  const asked = useMemo(() => {
    const parsed = ownCheckSchema.safeParse(definitionOf(draft));
    return parsed.success ? askedText(parsed.data) : null;
  }, [draft]);
  const mayRun = asked !== null && asked === passed;

  const definition = (): OwnCheck | null => {
    const parsed = ownCheckSchema.safeParse(definitionOf(draft));
    const found: Record<string, string> = {};
    for (const issue of parsed.error?.issues ?? []) found[issue.path.join('.')] ??= issue.message;
    setErrors(found);
    return parsed.data ?? null;
  };
  const onTried = useCallback((tried: OwnCheck, ok: boolean) => {
    setLastTried(askedText(tried));
    if (ok) setPassed(askedText(tried));
  }, []);

  const save = async (enabled: boolean) => {
    setFailure(null);
    const checked = definition();
    if (!checked) return;
    setBusy(enabled ? 'on' : 'off');
    try {
      if (check) {
        const path = `/api/v1/own-checks/${checked.name}`;
        await api.patch(path, { definition: checked, enabled }, ownCheckDetailSchema);
      } else
        await api.post('/api/v1/own-checks', { definition: checked, enabled }, z.object({ id: z.string() }));
      toast({ title: enabled ? 'Saved; it runs from now on' : 'Saved, switched off', tone: 'ok' });
      onSaved?.();
      if (!check) router.push(`/checks/own/${checked.name}`);
    } catch (error) {
      setFailure(error);
      if (error instanceof ApiError) {
        const fields = Object.entries(error.fields).map(([name, text]) => [
          name.replace(/^definition\./, ''),
          text,
        ]);
        setErrors(Object.fromEntries(fields));
      }
    }
    setBusy(null);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(mayRun);
  };

  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      <Panel title="Question">
        <QuestionFields draft={draft} errors={errors} nameFixed={check !== undefined} onChange={change} />
      </Panel>
      <Panel
        title="Columns"
        note="What the query gives. Numbers are kept as series; a counter as what it grew by."
      >
        <ColumnRows columns={draft.columns} errors={errors} onChange={(columns) => change({ columns })} />
      </Panel>
      <Panel title="Thresholds" note="A value at its threshold counts as beyond it.">
        <JudgeRows
          judge={draft.judge}
          columns={draft.columns}
          errors={errors}
          onChange={(judge) => change({ judge })}
        />
      </Panel>
      <TrialPanel
        definition={definition}
        refusal={refusal}
        isOld={lastTried !== null && lastTried !== asked}
        onTried={onTried}
      />
      <ErrorLine error={failure} />
      {Object.keys(errors).length > 0 ? (
        <p role="alert" className="text-sm text-crit">
          Some fields above need another look: {Object.values(errors)[0]}
        </p>
      ) : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          type="submit"
          look="primary"
          busy={busy === 'on'}
          disabled={refusal !== null || !mayRun}
          title={refusal ?? (mayRun ? undefined : 'It must pass a trial as it stands.')}
        >
          Save and switch on
        </Button>
        <Button busy={busy === 'off'} disabled={refusal !== null} onClick={() => void save(false)}>
          Save switched off
        </Button>
        <p className="text-sm text-muted">
          {refusal ??
            (mayRun ? 'It has passed a trial as it stands.' : 'Try it first; then it can be switched on.')}
        </p>
      </div>
    </form>
  );
}
