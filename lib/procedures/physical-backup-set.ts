import type { JsonObject, NewBackupSet, StanzaRecord } from '@/lib/engine/define-job';
import type { InfoBackup } from '@/lib/tools/pgbackrest/info';

/** The annotation that ties a backup to the run that took it: labels and times cannot, a resumed backup keeps its own. */
export const runAnnotation = 'plumbline-run';

/** A backup of pgBackRest's list as the console stores it. Sizes are in bytes, times ISO 8601. */
export function backupSetOf(
  stanza: Pick<StanzaRecord, 'id' | 'name' | 'repositories'>,
  repository: number,
  backup: InfoBackup,
): NewBackupSet {
  const place = stanza.repositories.find(({ ordinal }) => ordinal === repository);
  const { start, stop } = backup.archive ?? {};
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  const facts: JsonObject = {
    seconds: backup.timestamp.stop - backup.timestamp.start,
    /** Of the whole server, of what was copied, of what a restore reads, of what it takes in the repository. */
    serverBytes: backup.info.size,
    copiedBytes: backup.info.delta,
    restoreBytes: backup.info.repository?.size ?? null,
    repositoryBytes: backup.info.repository?.delta ?? null,
    lsnStart: backup.lsn?.start ?? null,
    lsnStop: backup.lsn?.stop ?? null,
    prior: backup.prior ?? null,
    backrestVersion: backup.backrest?.version ?? null,
    annotations: backup.annotation ?? {},
    isEncrypted: place?.isEncrypted ?? null,
  };
  return {
    type: 'physical',
    method: backup.type,
    stanzaId: stanza.id,
    repository,
    label: backup.label,
    path: `${place?.path ?? ''}/backup/${stanza.name}/${backup.label}`,
    bytes: backup.info.repository?.delta ?? backup.info.delta,
    startedAt: iso(backup.timestamp.start),
    finishedAt: iso(backup.timestamp.stop),
    dependsOn: backup.reference ?? [],
    timeline: Number.parseInt(start?.slice(0, 8) ?? '0', 16),
    walFirst: start ?? '',
    walLast: stop ?? '',
    hasErrors: backup.error === true,
    facts,
  };
}
