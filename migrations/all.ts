import type { Migration } from 'kysely';
import * as people from '@/migrations/0001-people';
import * as fleet from '@/migrations/0002-fleet';
import * as observations from '@/migrations/0003-observations';
import * as runs from '@/migrations/0004-runs';
import * as rights from '@/migrations/0005-rights';
import * as sampleRollups from '@/migrations/0006-sample-rollups';
import * as sampleHours from '@/migrations/0007-sample-hours';
import * as changes from '@/migrations/0009-changes';
import * as readsAndStatements from '@/migrations/0010-reads-and-statements';
import * as sessionLoad from '@/migrations/0011-session-load';
import * as replication from '@/migrations/0014-replication';
import * as ownChecksHostsPoolers from '@/migrations/0015-own-checks-hosts-poolers';
import * as retention from '@/migrations/0016-retention';
import * as recovery from '@/migrations/0017-recovery';
import * as approvalsAndWord from '@/migrations/0018-approvals-and-word';
import * as keeping from '@/migrations/0019-keeping';
import * as whenAllIsGone from '@/migrations/0020-when-all-is-gone';
import * as wordsOfServers from '@/migrations/0021-words-of-servers';
import * as typedCopies from '@/migrations/0022-typed-copies';
import * as followUps from '@/migrations/0023-follow-ups';
import * as oldWord from '@/migrations/0024-old-word';
import * as production from '@/migrations/0025-production';

/** Every step in order, by the name it is recorded under. Forward only; expand before contract. */
export const migrations: Record<string, Migration> = {
  '0001-people': people,
  '0002-fleet': fleet,
  '0003-observations': observations,
  '0004-runs': runs,
  '0005-rights': rights,
  '0006-sample-rollups': sampleRollups,
  '0007-sample-hours': sampleHours,
  '0009-changes': changes,
  '0011-session-load': sessionLoad,
  '0015-own-checks-hosts-poolers': ownChecksHostsPoolers,
  '0010-reads-and-statements': readsAndStatements,
  '0014-replication': replication,
  '0016-retention': retention,
  '0017-recovery': recovery,
  '0018-approvals-and-word': approvalsAndWord,
  '0019-keeping': keeping,
  '0020-when-all-is-gone': whenAllIsGone,
  '0021-words-of-servers': wordsOfServers,
  '0022-typed-copies': typedCopies,
  '0023-follow-ups': followUps,
  '0024-old-word': oldWord,
  '0025-production': production,
};

/** What a process expects to find; it refuses to start on any other. */
export const latestMigration = Object.keys(migrations).sort().at(-1) as string;
