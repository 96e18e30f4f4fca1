import Link from 'next/link';
import { fixHref } from '@/components/now/fix-link';
import { Age } from '@/components/ui/age';
import { ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';
import type { Finding } from '@/lib/contract/findings';

interface FindingsListProps {
  findings: readonly Finding[];
  /** Names the server too: on pages about more than one. */
  withInstance?: boolean;
}

/** Findings in words: what is wrong with what, since when, and what mends it. */
export function FindingsList({ findings, withInstance = false }: FindingsListProps) {
  return (
    <ul className="divide-y divide-line border-t border-line">
      {findings.map((finding) => (
        <FindingItem key={finding.id} finding={finding} withInstance={withInstance} />
      ))}
    </ul>
  );
}

function FindingItem({ finding, withInstance }: { finding: Finding; withInstance: boolean }) {
  const place = finding.instanceId
    ? `/instances/${finding.instanceId}#check-${finding.checkId}`
    : `/clusters/${finding.clusterId}`;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1.5 px-3 py-2 text-sm">
      <StatusMark status={finding.level} className="w-24 shrink-0" />
      <div className="min-w-0 flex-1 basis-72">
        <p>{finding.sentence}</p>
        <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-muted">
          <Link href={place} prefetch={false} className="link">
            {finding.title}
          </Link>
          {withInstance ? (
            <span>
              {finding.clusterName}
              {finding.instanceName ? ` / ${finding.instanceName}` : ''}
            </span>
          ) : null}
          {finding.database ? <span>database {finding.database}</span> : null}
          <span>
            began <Age at={finding.openedAt} />
          </span>
          {finding.closedAt ? (
            <span>
              ended <Age at={finding.closedAt} />
            </span>
          ) : null}
        </p>
        {finding.mend && !finding.closedAt ? (
          <details className="mt-1">
            <summary className="text-xs text-muted">What mends it</summary>
            <div className="mt-1">
              <CodeBlock code={finding.mend} label="What mends it" wrap />
            </div>
          </details>
        ) : null}
      </div>
      {finding.closedAt ? null : (
        <span className="flex flex-wrap gap-1.5">
          {finding.fixes.map((fix) => (
            <ButtonLink key={`${fix.job}${fix.label}`} href={fixHref(finding, fix)} size="small">
              {fix.label}
            </ButtonLink>
          ))}
        </span>
      )}
    </li>
  );
}
