import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { newId } from '@/lib/base/ids';
import type { Io } from '@/lib/cli/io';
import { main } from '@/lib/cli/main';
import type { RoleName } from '@/lib/engine/roles';
import { insertToken } from '@/lib/store/tokens';
import { insertUser } from '@/lib/store/users';
import { webStore } from '@/lib/store/web-store';

export interface CliAnswer {
  code: number;
  out: string;
  error: string;
}

export type RunCli = (args: string[], world?: { env?: Io['env']; stdin?: string }) => Promise<CliAnswer>;

/** A token of a new person with this role; valid for the console that the web store is open on. */
export async function tokenFor(role: RoleName): Promise<string> {
  const db = await webStore();
  const email = `${newId()}@example.org`;
  const person = { email, name: `a ${role}`, role, passwordHash: 'none', mustChangePassword: false };
  const ownerId = await insertUser(db, person);
  if (ownerId === null) throw new Error('taken');
  const token = newTokenText();
  await insertToken(db, { ownerId, name: 'cli', hash: tokenHash(token), role, expiresAt: null });
  return token;
}

/** Runs command lines against a console as a program in a pipe would: nobody can be asked. */
export function cliOf(url: string, token: string): RunCli {
  return async (args, world = {}) => {
    const answer: CliAnswer = { code: -1, out: '', error: '' };
    const io: Io = {
      env: { HOME: '/nonexistent', PLUMBLINE_URL: url, PLUMBLINE_TOKEN: token, ...world.env },
      out: (text) => {
        answer.out += `${text}\n`;
      },
      error: (text) => {
        answer.error += `${text}\n`;
      },
      interactive: false,
      ask: () => Promise.reject(new Error('nobody can be asked')),
      readStdin: async () => world.stdin ?? '',
    };
    answer.code = await main(args, io);
    return answer;
  };
}
