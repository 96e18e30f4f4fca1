/** The text that lies beside the dumps: whoever finds the folder needs nothing else to bring the console back. */
export function comeBackNote(
  { keyFile, folder }: { keyFile?: string; folder: string },
  keyIds: readonly string[],
): string {
  const key = keyFile ?? 'the file that PLUMBLINE_KEY_FILE names on each worker';
  return `Dumps of Plumbline's own database: people, fleet, runs, evidence, what was measured.

They do NOT hold the key that opens the passwords of your servers:
    ${key}
    key ${keyIds.join(', ') || 'unknown'}
Keep a copy of that file apart from these dumps: both together open every server.

To come back on a new machine (the newest file is the last by name):
    1. Copy the key file there, mode 0600.
    2. npm start -- --from ${folder}/plumbline-console-….dump --key /path/to/worker.key
In production, with an empty database and its owner in DATABASE_URL:
    PLUMBLINE_KEY_FILE=/path/to/worker.key plumbline restore-console ${folder}/plumbline-console-….dump
It brings an older dump up to date by itself. Stop the old console first, should it still live.
`;
}
