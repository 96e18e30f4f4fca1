import { makeArchivingSource } from '@/workers/collector/sources/archiving';
import { makeDisksSource, makeMemorySource, makeProcessorsSource } from '@/workers/collector/sources/host';
import {
  makePoolersSource,
  makePoolerTrafficSource,
  makePoolsSource,
} from '@/workers/collector/sources/pooler';
import {
  makeExposureSource,
  makeHolesSource,
  makeMissedSource,
  makeRepositoriesSource,
  makeSavedSource,
} from '@/workers/collector/sources/recovery';
import { makeReplicationSource } from '@/workers/collector/sources/replication';
import { makeSchemaSource } from '@/workers/collector/sources/schema';
import { makeSendersSource } from '@/workers/collector/sources/senders';
import { makeServerSource } from '@/workers/collector/sources/server';
import { makeSessionsSource } from '@/workers/collector/sources/sessions';
import type { Source, SourceDeps } from '@/workers/collector/sources/source';
import { makeStatementsSource } from '@/workers/collector/sources/statements';

/** Every source by the name that a check's `rowsFrom` gives. */
export const sourceMakers: Readonly<Record<string, (deps?: SourceDeps) => Source>> = {
  statements: makeStatementsSource,
  replication: makeReplicationSource,
  senders: makeSendersSource,
  schema: makeSchemaSource,
  server: makeServerSource,
  sessions: makeSessionsSource,
  processors: makeProcessorsSource,
  memory: makeMemorySource,
  disks: makeDisksSource,
  poolers: makePoolersSource,
  pools: makePoolsSource,
  traffic: makePoolerTrafficSource,
  archiving: makeArchivingSource,
  holes: makeHolesSource,
  repositories: makeRepositoriesSource,
  saved: makeSavedSource,
  exposure: makeExposureSource,
  missed: makeMissedSource,
};
