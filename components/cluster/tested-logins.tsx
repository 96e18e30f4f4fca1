import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';
import type { TestResult } from '@/lib/contract/instances';

/** The rights that a test saw per login, and the script for those that are missing. */
export function TestedLogins({ logins }: { logins: TestResult['logins'] }) {
  if (logins.length === 0) return null;
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      {logins.map((login) => (
        <section key={login.purpose} className="min-w-0 rounded-md border border-line p-3">
          <h3 className="flex flex-wrap items-center gap-2 text-sm font-semibold break-words">
            Rights of the {login.purpose} login {login.user}
            {login.superuser ? <StatusMark status="warn" word="Superuser" /> : null}
          </h3>
          <ul className="mt-1 space-y-0.5 text-sm">
            {login.rights.map((right) => (
              <li key={right.name} className="flex flex-wrap items-center gap-x-2">
                <RightMark held={right.held} optional={right.optional === true} />
                <span className="font-mono text-xs">{right.name}</span>
                <span className="text-muted">{right.why}</span>
              </li>
            ))}
          </ul>
          {login.script ? (
            <div className="mt-2">
              <CodeBlock code={login.script} label={`Script that mends the ${login.purpose} login`} />
            </div>
          ) : null}
        </section>
      ))}
    </div>
  );
}

function RightMark({ held, optional }: { held: boolean; optional: boolean }) {
  if (held) return <StatusMark status="ok" word="Held" />;
  return optional ? (
    <StatusMark status="info" word="Optional" />
  ) : (
    <StatusMark status="missing" word="Missing" />
  );
}
