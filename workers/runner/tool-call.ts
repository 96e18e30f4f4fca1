import { Writable } from 'node:stream';
import { PlumblineError } from '@/lib/base/errors';
import type { ToolCall, ToolResult } from '@/lib/engine/define-job';
import { conninfo, passfileLine } from '@/lib/procedures/conninfo';
import { writeSecretFile } from '@/lib/tools/files';
import { type RunToolOptions, runTool } from '@/lib/tools/process';
import { clientFor, findPostgresPrograms, findProgram, packageOf, programPath } from '@/lib/tools/programs';
import type { OpenLogin } from '@/workers/logins';

const defaultDeadlineMs = 6 * 3600 * 1000;
/** What a kind may set for its tools; everything else of an environment can change what a tool does. */
const allowedNames = new Set(['PGOPTIONS', 'PGTZ', 'ZSTD_CLEVEL', 'TMPDIR']);

/** The full path of a program of this server major on this worker; undefined when it is missing. */
export async function pathOfProgram(program: string, major: number | undefined): Promise<string | undefined> {
  if (program.startsWith('/')) return program;
  if (major === undefined) return findProgram(program);
  const programs = clientFor(await findPostgresPrograms(), major);
  if (!programs) return undefined;
  try {
    return programPath(programs, program);
  } catch {
    return undefined;
  }
}

export interface ToolPlace {
  runDir: string;
  user: string | undefined;
  applicationName: string;
  signal: AbortSignal;
  log(level: 'info', text: string): void;
  /** Lines of the run's one passfile so far: two tools at once may use two logins. */
  passfile: Set<string>;
  /** Runs it in another way than as a child that ends with us. */
  run?(options: RunToolOptions): Promise<ToolResult>;
}

/** Debian's bundle of well-known authorities: libpq, unlike Node.js, trusts none by itself. */
const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt';

/** Runs a program for a step: its connection by a passfile that only the child's user can read, never by argv. */
export async function callTool(
  call: ToolCall,
  place: ToolPlace,
  login: OpenLogin | undefined,
): Promise<ToolResult> {
  const program = await pathOfProgram(call.program, call.major);
  if (!program) {
    throw new PlumblineError('tool-failed', `${call.program} is not installed on this worker.`, {
      next: call.major
        ? `Install the package ${packageOf(call.major, 'client')}.`
        : 'Install the package that holds it.',
    });
  }
  const connection = login && call.connect ? connectionArgument(login, call.connect.database, place) : [];
  const env = Object.fromEntries(Object.entries(call.env ?? {}).filter(([name]) => allowedNames.has(name)));
  if (login && call.passfile) {
    const path = `${place.runDir}/backrest-passfile`;
    const { host, port } = call.passfile;
    writeSecretFile(
      path,
      passfileLine({ user: login.user, password: login.password, host, port }),
      place.user,
    );
    env.PGPASSFILE = path;
  }
  const { onStdoutChunk } = call;
  const stdoutTo = onStdoutChunk
    ? new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          Promise.resolve(onStdoutChunk(chunk)).then(() => done(), done);
        },
      })
    : undefined;
  place.log('info', `${call.program} ${[...connection, ...call.args].join(' ')}`);
  const options: RunToolOptions = {
    argv: [program, ...connection, ...call.args],
    env,
    user: place.user,
    onStdout: (line) => call.onLine?.(line, 'stdout'),
    onStderr: (line) => call.onLine?.(line, 'stderr'),
    stdoutTo,
    signal: place.signal,
    deadlineMs: call.deadlineMs ?? defaultDeadlineMs,
    keepCharacters: 16_384,
  };
  if (place.run) return place.run(options);
  const result = await runTool(options);
  return {
    exitCode: result.exitCode,
    signal: result.exitSignal,
    stdoutTail: result.stdout,
    stderrTail: result.stderr,
    durationMs: Math.round(result.elapsedMs),
  };
}

function connectionArgument(login: OpenLogin, database: string, place: ToolPlace): string[] {
  const file = (name: string, content: string | undefined) => {
    if (!content) return undefined;
    const path = `${place.runDir}/${name}`;
    writeSecretFile(path, content, place.user);
    return path;
  };
  const { host, port, user, password } = login;
  place.passfile.add(passfileLine({ host, port, user, password }));
  const verifies = login.tlsMode === 'verify-full' || login.tlsMode === 'verify-ca';
  const text = conninfo({
    host,
    port,
    user,
    dbname: database,
    passfile: file('passfile', [...place.passfile].join('')),
    sslmode: login.tlsMode,
    sslrootcert: verifies ? (file('ca.pem', login.tlsCa) ?? systemAuthorities) : undefined,
    sslcert: file('client.pem', login.tlsCertificate),
    sslkey: file('client.key', login.tlsKey),
    application_name: place.applicationName,
    connect_timeout: 15,
  });
  return [`--dbname=${text}`];
}
