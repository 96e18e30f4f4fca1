import { createHash } from 'node:crypto';

/** A value as it may be stored: whatever may be a password is taken out of it. */
export interface SafeValue {
  value: string;
  /**
   * Where something was taken out: 16 bits of a salted hash of the whole. They show that the hidden part has changed,
   * and are far too few to guess it by.
   */
  print?: number;
}

const hidden = '(hidden)';
const longest = 500;

/** Of libpq's keywords (PostgreSQL documentation, 34.1.2) those that hold no secret. */
const openKeywords = new Set([
  ...['host', 'hostaddr', 'port', 'user', 'dbname', 'application_name', 'connect_timeout'],
  ...[
    'sslmode',
    'sslrootcert',
    'channel_binding',
    'gssencmode',
    'target_session_attrs',
    'load_balance_hosts',
  ],
  ...[
    'keepalives',
    'keepalives_idle',
    'keepalives_interval',
    'keepalives_count',
    'fallback_application_name',
  ],
]);

/** Custom settings of these modules are no place for secrets; any other's may be (`app.jwt_secret`). */
const knownModules = new Set([
  ...['auto_explain', 'pg_stat_statements', 'plpgsql', 'pg_trgm', 'pg_prewarm', 'auth_delay', 'sepgsql'],
  ...['pgaudit', 'pg_hint_plan', 'timescaledb', 'citus', 'pglogical', 'pg_wait_sampling', 'pg_stat_kcache'],
  ...['pg_qualstats', 'powa', 'pg_partman_bgw', 'basebackup_to_shell', 'passwordcheck', 'hypopg'],
]);

const secretName = /pass(word|phrase|wd)?(?!check)|secret|token|credential|api_?key|private_?key/i;
/** Named like a secret, and none. */
const noSecret = new Set(['password_encryption', 'ssl_passphrase_command_supports_reload']);

const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@]+@/gi;
const assigned =
  /([\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)[\w.-]*)(\s*[=:]\s*|\s+)('[^']*'|"[^"]*"|[^\s'"&;|]+)/gi;

/**
 * `curl -u user:pass`, `--user x:y`, `lftp -u user,pass`, `smbclient -U user%pass`: the user stays, the rest goes. A
 * path of the form `-u host:/there` goes with it: better a path too few than a password too many.
 */
const userAndPassword =
  /(^|\s)(-[uU]\s*|--(?:[a-z]+-)?user(?:name)?(?:\s*=\s*|\s+))(?:(['"])([^'":%,]+)[:%,][^'"]*\3|([^\s'":%,]+)[:%,]\S+)/g;
/** `Authorization: Bearer …`: the scheme stays. */
const authorization = /(authorization\s*[:=]\s*)((?:basic|bearer|digest|token)\s+)?[^\s'"]+/gi;
/** `sshpass -p pass`, with whatever options before it. */
const sshpass = /(\bsshpass\s+(?:-[^p\s]\S*\s+)*-p\s*)('[^']*'|"[^"]*"|\S+)/g;

/**
 * A setting's value as it may be stored and shown.
 *
 * @param salt keeps equal secrets of two servers from having equal prints.
 */
export function safeValue(name: string, value: string, salt: string): SafeValue {
  const shown = shownValue(name, value);
  const cut = shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
  if (cut === value) return { value };
  const digest = createHash('sha256').update(`${salt}\0${name}\0${value}`).digest();
  return { value: cut, print: digest.readUInt16BE(0) };
}

function shownValue(name: string, value: string): string {
  if (value === '' || noSecret.has(name)) return value;
  const [module = '', custom] = name.toLowerCase().split('.', 2);
  if (secretName.test(name) || (custom !== undefined && !knownModules.has(module))) return hidden;
  if (name.endsWith('conninfo')) return shownConninfo(value);
  return value
    .replace(urlPassword, `$1:${hidden}@`)
    .replace(userAndPassword, `$1$2$3$4$5:${hidden}$3`)
    .replace(authorization, `$1$2${hidden}`)
    .replace(sshpass, `$1${hidden}`)
    .replace(assigned, `$1$2${hidden}`);
}

/** A connection string with the values of harmless keywords; one that cannot be read is hidden whole. */
function shownConninfo(text: string): string {
  if (/^postgres(ql)?:\/\//i.test(text))
    return text.replace(/\/\/[^@/]*@/, `//${hidden}@`).replace(/\?.*$/s, '');
  const pair = /\s*([a-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)\s*/gsy;
  const shown: string[] = [];
  let read = 0;
  for (let match = pair.exec(text); match !== null; match = pair.exec(text)) {
    const [, keyword = '', value = ''] = match;
    shown.push(`${keyword}=${openKeywords.has(keyword) ? value : hidden}`);
    read = pair.lastIndex;
    if (read >= text.length) break;
  }
  return read === text.length ? shown.join(' ') : hidden;
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'];
type Steps = readonly (readonly [name: string, next: number])[];
const times: Steps = [
  ['us', 1000],
  ['ms', 1000],
  ['s', 60],
  ['min', 60],
  ['h', 24],
  ['d', Number.POSITIVE_INFINITY],
];

/** A number of pg_settings with its unit, as `show` writes it: 16384 of `8kB` is `128MB`. */
export function settingText(value: string, unit: string | null): string {
  const number = Number(value);
  if (unit === null || !Number.isFinite(number)) return value === '' ? '(empty)' : value;
  if (number <= 0) return number === 0 ? '0' : value;
  const size = /^(\d*)(B|kB|MB)$/.exec(unit);
  if (size)
    return inSteps(
      number * Number(size[1] || 1),
      sizes.indexOf(size[2] ?? 'B'),
      sizes.map((name) => [name, 1024] as const),
    );
  const time = times.findIndex(([name]) => name === unit);
  return time < 0 ? `${value} ${unit}` : inSteps(number, time, times);
}

function inSteps(amount: number, from: number, steps: Steps): string {
  let left = amount;
  let at = from;
  for (
    let size = steps[at]?.[1] ?? 0;
    at < steps.length - 1 && left % size === 0;
    size = steps[at]?.[1] ?? 0
  ) {
    left /= size;
    at += 1;
  }
  return `${left}${steps[at]?.[0] ?? ''}`;
}
