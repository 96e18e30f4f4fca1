import type { RunbookView } from '@/lib/contract/runbooks';
import type { Runbook } from '@/lib/engine/define-check';
import { titleOfCheck } from '@/lib/queries/findings';
import { knownChecks } from '@/lib/queries/known-checks';
import type { Store } from '@/lib/store/db';

/** Of what the collector finds without a check. */
const builtIn: Record<string, Runbook> = {
  'instance-unreachable': {
    means:
      'The worker cannot connect to this server, or the server refuses its login. Nothing of it is known since then: whether it is down cannot be said from here.',
    confirm:
      'The finding has the error in words. Connect from another place, and look whether the host answers, the process runs and the disk is not full. Other servers that are away at the same moment speak for the network or the worker.',
    act: 'When the server is down, read the end of its log before you start it. When the password or pg_hba.conf has changed, mend the login on the instance’s page and test it. When only the worker is cut off, mend its way.',
    avoid:
      'Do not promote a standby before you know that the old primary is down and stays down: two primaries take writes that cannot be put together again.',
  },
  'instance-stranger': {
    means:
      'Another database cluster answers at this address: its system identifier is not the one that is expected. Nothing is collected from it and no job runs on it.',
    confirm:
      'Was the server made anew by initdb or restored to a new cluster, or does the address point to another host now (DNS, a proxy, a container)? Compare pg_control_system() on both.',
    act: 'When the address is wrong, mend it. When the server was made anew on purpose, remove this instance and add it again; the history stays with the old one.',
    avoid:
      'Do not start a restore or a job by hand on this address before you know which cluster answers there.',
  },
};

/** What to do at a finding, of every check that has it. */
export async function runbooks(db: Store): Promise<{ items: RunbookView[] }> {
  const known = await knownChecks(db);
  const ofChecks = [...known.values()].flatMap(({ id, title, why, source, runbook }) =>
    runbook ? [{ checkId: id, title, why, manual: source || null, ...runbook }] : [],
  );
  const ofCollector = Object.entries(builtIn).map(([checkId, runbook]) => ({
    checkId,
    title: titleOfCheck(checkId),
    why: null,
    manual: null,
    ...runbook,
  }));
  return { items: [...ofChecks, ...ofCollector] };
}
