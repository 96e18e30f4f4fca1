/** What the shell is told. Scripts rely on these: they are added to, never changed. */
export const exitCodes = {
  ok: 0,
  /** It was done, and the outcome is bad: a test or a run failed, a finding or a level asked for is not met. */
  failed: 1,
  /** The command or a value in it is wrong. */
  usage: 2,
  /** The console does not answer, or does not know the token. */
  unreachable: 3,
  /** The token's role may not. */
  notAllowed: 4,
  /** Something stands against it: a conflict, a blocker, a run that needs a decision. */
  blocked: 5,
  notFound: 6,
  /** It still goes on, and was waited for long enough. */
  stillGoing: 7,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `
Exit codes:
  0  done, and the outcome is good
  1  done, and the outcome is bad (a test or run failed, --fail-on or --require is not met)
  2  the command or a value in it is wrong
  3  the console does not answer, or does not know the token
  4  the role of the token may not do this
  5  something stands against it: a conflict, a blocker, a run that needs a decision
  6  not found
  7  it still goes on and was waited for long enough

The console is found by PLUMBLINE_URL and PLUMBLINE_TOKEN, or by what the local start left for its user in
~/.config/plumbline. Data goes to standard output, errors to standard error. Passwords are never taken from
the command line: from PLUMBLINE_WATCH_PASSWORD, PLUMBLINE_BACKUP_PASSWORD and PLUMBLINE_OPERATE_PASSWORD, from
a file, or typed in.`;

/** An end of the command with its code; `message` and `next` are for people. */
export class CliError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly next?: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'CliError';
  }
}

/** The exit code for an error that the API answered with. */
export function exitCodeFor(status: number): ExitCode {
  if (status === 401) return exitCodes.unreachable;
  if (status === 403) return exitCodes.notAllowed;
  if (status === 404) return exitCodes.notFound;
  if (status === 409) return exitCodes.blocked;
  if (status === 400 || status === 413 || status === 422) return exitCodes.usage;
  return exitCodes.failed;
}
