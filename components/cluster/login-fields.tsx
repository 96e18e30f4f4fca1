'use client';

import { GrantScript } from '@/components/cluster/grant-script';
import type { LoginDraft, LoginDrafts } from '@/components/cluster/instance-draft';
import { purposeWords } from '@/components/cluster/words';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { type PurposeName, purposes } from '@/lib/contract/instances';

interface LoginFieldsProps {
  drafts: LoginDrafts;
  onChange: (purpose: PurposeName, change: Partial<LoginDraft>) => void;
  errors: Record<string, string>;
  major: number | undefined;
}

/** One login per purpose, each optional, each with the script that makes it. */
export function LoginFields({ drafts, onChange, errors, major }: LoginFieldsProps) {
  return (
    <div className="max-w-3xl space-y-4">
      {errors.logins ? (
        <p role="alert" className="text-sm text-crit">
          {errors.logins}
        </p>
      ) : null}
      {purposes.map((purpose) => {
        const draft = drafts[purpose];
        return (
          <fieldset key={purpose} className="space-y-2 border-t border-line pt-3 first:border-0 first:pt-0">
            <legend className="sr-only">{purposeWords[purpose].title} login</legend>
            <Checkbox
              label={<span className="font-medium">{purposeWords[purpose].title} login</span>}
              hint={purposeWords[purpose].sentence}
              checked={draft.enabled}
              onChange={(event) => onChange(purpose, { enabled: event.target.checked })}
            />
            {draft.enabled ? (
              <div className="space-y-2 pl-6">
                {draft.kept ? (
                  <p className="flex flex-wrap items-center gap-2 text-sm">
                    <span>
                      Stored for <span className="font-medium">{draft.user}</span>; the password is sealed and
                      cannot be shown.
                    </span>
                    <Button size="small" onClick={() => onChange(purpose, { kept: false, password: '' })}>
                      Enter again
                    </Button>
                  </p>
                ) : (
                  <div className="grid gap-3 sm:grid-cols-2">
                    <Field label="User" required error={errors[`${purpose}.user`]}>
                      <Input
                        name={`${purpose}.user`}
                        value={draft.user}
                        onChange={(event) => onChange(purpose, { user: event.target.value })}
                        autoComplete="off"
                        spellCheck={false}
                      />
                    </Field>
                    <Field label="Password" required error={errors[`${purpose}.password`]}>
                      <Input
                        name={`${purpose}.password`}
                        type="password"
                        value={draft.password}
                        onChange={(event) => onChange(purpose, { password: event.target.value })}
                        autoComplete="new-password"
                      />
                    </Field>
                  </div>
                )}
                <GrantScript purpose={purpose} user={draft.user} major={major} />
              </div>
            ) : null}
          </fieldset>
        );
      })}
    </div>
  );
}
