'use client';

import { BellOff } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { useMuteActs } from '@/components/data/mutes';
import { checkHref } from '@/components/instance/check-places';
import { FixButton } from '@/components/now/fix-button';
import { MuteDialog } from '@/components/now/mute-dialog';
import { Runbook } from '@/components/now/runbook';
import { Age, Moment } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { ErrorLine } from '@/components/ui/error-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { Finding, Findings } from '@/lib/contract/findings';

interface FindingsListProps {
  findings: readonly Finding[];
  /** Names the server too: on pages about more than one. */
  withInstance?: boolean;
  /** Why the reader may not mute; without it nothing is said until they try. */
  muteRefusal?: Findings['muteRefusal'];
}

/** Findings in words: what is wrong with what, since when, what to do about it, and a way to mute it. */
export function FindingsList({ findings, withInstance = false, muteRefusal = null }: FindingsListProps) {
  const [muting, setMuting] = useState<Finding>();
  return (
    <>
      <ul className="divide-y divide-line border-t border-line">
        {findings.map((finding) => (
          <FindingItem
            key={finding.id}
            finding={finding}
            withInstance={withInstance}
            acts={
              finding.closedAt ? null : (
                <Acts finding={finding} muteRefusal={muteRefusal} onMute={() => setMuting(finding)} />
              )
            }
          />
        ))}
      </ul>
      {muting ? <MuteDialog finding={muting} onClose={() => setMuting(undefined)} /> : null}
    </>
  );
}

function fixesOf(finding: Finding): ReactNode[] {
  return finding.fixes.map((fix) => <FixButton key={`${fix.job}${fix.label}`} finding={finding} fix={fix} />);
}

interface ActsProps {
  finding: Finding;
  muteRefusal: Findings['muteRefusal'];
  onMute: () => void;
}

function Acts({ finding, muteRefusal, onMute }: ActsProps) {
  const { unmute } = useMuteActs();
  const { mute } = finding;
  return (
    <span className="flex flex-wrap gap-1.5">
      {fixesOf(finding)}
      <Button
        size="small"
        look="quiet"
        disabled={muteRefusal !== null}
        title={muteRefusal?.message}
        busy={unmute.isPending}
        icon={<BellOff aria-hidden className="size-3.5" />}
        aria-label={`${mute ? 'Unmute' : 'Mute'} ${finding.object}`}
        onClick={() => (mute ? unmute.mutate(mute.id) : onMute())}
      >
        {mute ? 'Unmute' : 'Mute'}
      </Button>
      {unmute.error ? <ErrorLine error={unmute.error} /> : null}
    </span>
  );
}

interface FindingItemProps {
  finding: Finding;
  withInstance: boolean;
  acts: ReactNode;
}

function FindingItem({ finding, withInstance, acts }: FindingItemProps) {
  const place = finding.instanceId
    ? checkHref(finding.instanceId, finding.checkId, finding.feeds)
    : `/clusters/${finding.clusterId}`;
  const fixes = fixesOf(finding);
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
        {finding.mute ? (
          <p className="mt-0.5 text-xs text-muted">
            <BellOff aria-hidden className="mr-1 inline size-3" />
            Muted by {finding.mute.byName} until <Moment at={finding.mute.until} />: {finding.mute.reason}
          </p>
        ) : null}
        {finding.closedAt ? null : (
          <Runbook checkId={finding.checkId} acts={fixes.length > 0 ? fixes : null} />
        )}
        {finding.mend && !finding.closedAt ? (
          <details className="mt-1">
            <summary className="text-xs text-muted">What mends it</summary>
            <div className="mt-1">
              <CodeBlock code={finding.mend} label="What mends it" wrap />
            </div>
          </details>
        ) : null}
      </div>
      {acts}
    </li>
  );
}
