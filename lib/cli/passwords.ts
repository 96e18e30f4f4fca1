import { readFile } from 'node:fs/promises';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import type { Io } from '@/lib/cli/io';
import type { PurposeName } from '@/lib/contract/instances';

/**
 * A login's password: from its file (`-` is standard input), from PLUMBLINE_<PURPOSE>_PASSWORD, or asked for. Never
 * an argument: those are seen by everybody on the machine.
 */
export async function passwordOf(
  io: Io,
  purpose: PurposeName,
  user: string,
  file: string | undefined,
): Promise<string> {
  if (file !== undefined) return withoutNewline(file === '-' ? await io.readStdin() : await readSecret(file));
  const variable = `PLUMBLINE_${purpose.toUpperCase()}_PASSWORD`;
  const given = io.env[variable];
  if (given) return given;
  if (io.interactive) return io.ask(`Password of ${user} (${purpose}): `, true);
  throw new CliError(
    exitCodes.usage,
    `The password of the ${purpose} login is missing.`,
    `Set ${variable}, or give --${purpose}-password-file (- for standard input).`,
  );
}

async function readSecret(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new CliError(exitCodes.usage, `The file ${file} cannot be read.`);
  });
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}
