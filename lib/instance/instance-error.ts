import { type ErrorCode, messageOf, PlumblineError } from '@/lib/base/errors';
import { cutText } from '@/lib/base/format';

/** Why a watched server could not be asked. Pages and tests tell them apart by this, never by the text. */
export type InstanceErrorReason =
  | 'refused'
  | 'unknown-host'
  | 'no-route'
  | 'wrong-password'
  | 'no-access'
  | 'unknown-database'
  | 'weak-password-request'
  | 'tls-refused'
  | 'certificate'
  | 'too-many-connections'
  | 'not-accepting'
  | 'not-postgres'
  | 'too-old'
  | 'timed-out'
  | 'dropped'
  | 'too-large'
  | 'cancelled'
  | 'stranger'
  | 'permission'
  | 'statement';

const codes: Record<InstanceErrorReason, ErrorCode> = {
  refused: 'unreachable',
  'unknown-host': 'unreachable',
  'no-route': 'unreachable',
  'wrong-password': 'unreachable',
  'no-access': 'unreachable',
  'unknown-database': 'unreachable',
  'weak-password-request': 'unreachable',
  'tls-refused': 'unreachable',
  certificate: 'unreachable',
  'too-many-connections': 'unreachable',
  'not-accepting': 'unreachable',
  'not-postgres': 'unreachable',
  'too-old': 'not-supported',
  'timed-out': 'timed-out',
  dropped: 'unreachable',
  'too-large': 'too-large',
  cancelled: 'cancelled',
  stranger: 'conflict',
  permission: 'not-allowed',
  statement: 'tool-failed',
};

export interface InstanceErrorOptions {
  next?: string;
  detail?: string;
  cause?: unknown;
  sqlState?: string;
}

/** An error of a watched server or of the way to it; `sqlState` is there when the server itself said so. */
export class InstanceError extends PlumblineError {
  readonly reason: InstanceErrorReason;
  readonly sqlState: string | undefined;

  constructor(reason: InstanceErrorReason, message: string, options: InstanceErrorOptions = {}) {
    super(codes[reason], message, options);
    this.name = 'InstanceError';
    this.reason = reason;
    this.sqlState = options.sqlState;
  }
}

/** A server's words are hostile text: one line, capped, never interpreted. */
export function tamed(text: string, maxLength = 500): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return cutText(line, maxLength);
}

interface Place {
  host: string;
  port: number;
  database: string;
  user: string;
}

const certificateCodes = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** The sentence for a connection that did not come about. SQLSTATEs: PostgreSQL documentation, appendix A. */
export function connectError(error: unknown, place: Place): InstanceError {
  if (error instanceof InstanceError) return error;
  const at = `${place.host}:${place.port}`;
  const code = codeOf(error);
  const words = tamed(messageOf(error));
  const make = (reason: InstanceErrorReason, message: string, next: string) =>
    new InstanceError(reason, message, {
      next,
      cause: error,
      detail: words,
      ...(isSqlState(code) && { sqlState: code }),
    });

  if (code === 'ECONNREFUSED') {
    return make(
      'refused',
      `Nothing accepts connections at ${at}.`,
      'Check host and port, and that PostgreSQL listens on that address (listen_addresses).',
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return make(
      'unknown-host',
      `The host name ${place.host} is not known to the worker.`,
      'Check the name, or give the address.',
    );
  }
  if (code === 'ENOENT' || code === 'EACCES') {
    return make(
      'refused',
      `There is no socket of PostgreSQL for port ${place.port} in ${place.host}.`,
      'Check the folder and the port.',
    );
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EHOSTDOWN') {
    return make(
      'no-route',
      `There is no way from the worker to ${at}.`,
      'Check the network and firewalls between the worker and the server.',
    );
  }
  if (code === 'ETIMEDOUT') {
    return make(
      'timed-out',
      `${at} did not answer.`,
      'Check the network and firewalls between the worker and the server.',
    );
  }
  if (certificateCodes.has(code)) {
    return make(
      'certificate',
      `The certificate of ${at} is not accepted: ${words}`,
      'Give the authority that signed it, use the host name that it was made for, or choose a weaker TLS mode knowingly.',
    );
  }
  if (words.includes('does not support SSL') || words.includes('establishing an SSL connection')) {
    return make(
      'tls-refused',
      `${at} does not offer TLS.`,
      'Switch it on there (ssl = on), or choose the TLS mode “disable” knowingly.',
    );
  }
  if (code === '28P01') {
    return make('wrong-password', `${at} refuses the password of ${place.user}.`, 'Give the password again.');
  }
  if (code === '28000' || code === '42501') {
    return make(
      'no-access',
      `${at} does not let ${place.user} in: ${words}`,
      'Check pg_hba.conf, that the role exists and may log in, and that it may connect to the database.',
    );
  }
  if (code === '3D000' || code === '55000') {
    return make(
      'unknown-database',
      `There is no database ${place.database} to connect to at ${at}.`,
      'Check the name of the database.',
    );
  }
  if (code === '53300') {
    return make(
      'too-many-connections',
      `${at} has no connection left: ${words}`,
      'Raise max_connections or free some; a role with pg_monitor can use none of the reserved ones before PostgreSQL 16.',
    );
  }
  if (code === '57P03' || code === '57P01' || code === '57P02') {
    return make(
      'not-accepting',
      `${at} does not take connections now: ${words}`,
      'Wait until it has started, then try again.',
    );
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return make(
      'tls-refused',
      `TLS with ${at} did not come about: ${words}`,
      'Check the TLS versions and ciphers that the server offers, and the client certificate if it asks for one.',
    );
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || words.includes('terminated unexpectedly')) {
    return make(
      'dropped',
      `${at} closed the connection before it was usable.`,
      'Read the server’s log; a firewall or a pooler may have closed it.',
    );
  }
  if (isSqlState(code)) {
    return make('no-access', `${at} refuses the connection: ${words}`, 'Read the server’s log.');
  }
  return make(
    'not-postgres',
    `What answers at ${at} does not speak PostgreSQL’s protocol: ${words}`,
    'Check host and port.',
  );
}

/** The sentence for a statement that the server refused or that never came back. */
export function statementError(error: unknown): InstanceError {
  if (error instanceof InstanceError) return error;
  const code = codeOf(error);
  const words = tamed(messageOf(error));
  const options = { cause: error, detail: words, ...(isSqlState(code) && { sqlState: code }) };
  if (code === '57014' || code === '55P03') {
    return new InstanceError('timed-out', `The server stopped the statement: ${words}.`, options);
  }
  if (code === '42501') return new InstanceError('permission', `The server refuses: ${words}.`, options);
  if (isSqlState(code) && !['57P01', '57P02', '57P03'].includes(code)) {
    return new InstanceError('statement', `The server refuses the statement: ${words}.`, options);
  }
  return new InstanceError('dropped', `The connection to the server was lost: ${words}.`, options);
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);
}
