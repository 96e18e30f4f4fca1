// SQLSTATE classes (PostgreSQL documentation, appendix A): connection lost, shutting down or starting, too many clients.
const awayStates = /^(08|57P0|53300)/;
const awayErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const awayWords =
  /connection terminated|connection error|timeout exceeded when trying to connect|not queryable/i;

/** True when our database could not be reached: the statement may be tried again, and may have been done. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code === 'string' && (awayErrors.has(code) || awayStates.test(code))) return true;
  return awayWords.test(error.message);
}
