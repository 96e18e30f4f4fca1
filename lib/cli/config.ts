import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { CliError, exitCodes } from '@/lib/cli/exit-codes';
import type { Io } from '@/lib/cli/io';

export interface ConsoleAddress {
  url: string;
  token: string;
}

/** Where the local start leaves address and token for the user who started it. */
export function configDirectory(env: Io['env']): string {
  return path.join(env.XDG_CONFIG_HOME || path.join(env.HOME || homedir(), '.config'), 'plumbline');
}

/**
 * The console and the token: PLUMBLINE_URL and PLUMBLINE_TOKEN, else the files of the local start.
 *
 * @throws CliError `unreachable` that says where was looked, or that others can read the token.
 */
export async function findConsole(io: Io): Promise<ConsoleAddress> {
  const directory = configDirectory(io.env);
  const url = io.env.PLUMBLINE_URL ?? (await readLine(path.join(directory, 'address')));
  const token = io.env.PLUMBLINE_TOKEN ?? (await readToken(path.join(directory, 'token')));
  if (!url || !token) {
    throw new CliError(
      exitCodes.unreachable,
      `No ${url ? 'token' : 'console'} is known: neither the environment nor ${directory} has one.`,
      'Start the console with npm start, or set PLUMBLINE_URL and PLUMBLINE_TOKEN (Administration → Tokens makes one).',
    );
  }
  const address = parseUrl(url);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(address.hostname);
  if (address.protocol === 'http:' && !loopback) {
    io.error(`Warning: the token travels in the clear to ${address.host}. Use https.`);
  }
  return { url: address.href.replace(/\/+$/, ''), token };
}

function parseUrl(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address && ['http:', 'https:'].includes(address.protocol)) return address;
  throw new CliError(
    exitCodes.usage,
    `“${text}” is no address of a console.`,
    'Give it like https://plumbline.example.org.',
  );
}

async function readLine(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.trim() || undefined;
}

async function readToken(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return undefined;
  if ((found.mode & 0o077) !== 0) {
    throw new CliError(
      exitCodes.unreachable,
      `Others than you can read ${file}.`,
      `Revoke this token under Administration → Tokens, or run chmod 600 ${file} if nobody else uses this machine.`,
    );
  }
  return readLine(file);
}
