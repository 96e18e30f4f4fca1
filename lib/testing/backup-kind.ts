/** The name that the engine's test workers know the physical backup by. */
export const backupKind = 'physical-backup';

/** And the drill of one. */
export const drillKind = 'physical-drill';
