import { expect, test } from 'vitest';
import {
  clientFor,
  findPostgresPrograms,
  findProgram,
  type PostgresPrograms,
  programPath,
  serverFor,
} from '@/lib/tools/programs';

const fake = (major: number, hasServer: boolean): PostgresPrograms => ({
  major,
  version: `${major}.1`,
  directory: `/nowhere/${major}/bin`,
  hasServer,
});

test('finds the installed programs with their version, Debian’s wrapper left out', async () => {
  const found = await findPostgresPrograms();
  expect(found.length).toBeGreaterThan(0);
  for (const programs of found) {
    expect(programs.version).toMatch(/^\d+\.\d+|^\d+(beta|rc)/);
    expect(programs.directory).not.toBe('/usr/bin');
  }
  expect(serverFor(found)?.major).toBeGreaterThanOrEqual(14);
});

test('a folder that does not exist or holds nothing is passed over', async () => {
  const found = await findPostgresPrograms(['/nowhere/bin', '/tmp']);
  expect(found.map((programs) => programs.directory)).not.toContain('/nowhere/bin');
});

test('a client is never older than its server, and the nearest one is taken', () => {
  const found = [fake(18, false), fake(16, true), fake(13, true)];
  expect(clientFor(found, 15)?.major).toBe(16);
  expect(clientFor(found, 17)?.major).toBe(18);
  expect(clientFor(found, 19)).toBeUndefined();
});

test('a server is of the asked major, with server programs, and at least 14', () => {
  const found = [fake(18, false), fake(16, true), fake(13, true)];
  expect(serverFor(found)?.major).toBe(16);
  expect(serverFor(found, 18)).toBeUndefined();
  expect(serverFor(found, 13)).toBeUndefined();
});

test('a missing program names the package that holds it', () => {
  expect(() => programPath(fake(16, false), 'pg_dump')).toThrow(
    expect.objectContaining({ next: 'Install the package postgresql-client-16.' }),
  );
  expect(() => programPath(fake(16, false), 'postgres')).toThrow(
    expect.objectContaining({ next: 'Install the package postgresql-16.' }),
  );
});

test('finds a program in PATH', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('surely-not-a-program')).toBeUndefined();
});
