import { hostname } from 'node:os';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const seconds = z.coerce.number().positive().max(3600);

/** What the web process is told by its environment. It gets no key and no Redis, on purpose. */
export const webEnvSchema = z.object({
  DATABASE_URL: z.string().startsWith('postgres'),
  NEXTAUTH_SECRET: z.string().min(32, 'NEXTAUTH_SECRET needs at least 32 characters'),
  NEXTAUTH_URL: z.string().url(),
});

/** What a worker is told by its environment. Times are in seconds. */
export const workerEnvSchema = z.object({
  DATABASE_URL: z.string().startsWith('postgres'),
  REDIS_URL: z.string().startsWith('redis').optional(),
  PLUMBLINE_KEY_FILE: z.string().min(1),
  PLUMBLINE_WORK_DIR: z.string().startsWith('/'),
  PLUMBLINE_REPOSITORY_DIR: z.string().startsWith('/'),
  /** Configurations, locks and logs of pgBackRest; beside the folder of the repository unless said. */
  PLUMBLINE_PGBACKREST_DIR: z.string().startsWith('/').optional(),
  /** Emergency sheets; beside the folder of the repository unless said. */
  PLUMBLINE_SHEETS_DIR: z.string().startsWith('/').optional(),
  PLUMBLINE_TOOL_USER: z.string().optional(),
  PLUMBLINE_PG_BIN: z.string().optional(),
  PLUMBLINE_WORKER_NAME: z.string().default(hostname()),
  PLUMBLINE_HOSTS: list.default([]),
  PLUMBLINE_POOLS: list.default(['default']),
  PLUMBLINE_LEASE_SECONDS: seconds.default(45),
  PLUMBLINE_BEAT_SECONDS: seconds.default(15),
  PLUMBLINE_RECONCILE_SECONDS: seconds.default(15),
  /** How long a child that may outlive its worker waits for another one. */
  PLUMBLINE_ADOPT_SECONDS: seconds.default(600),
  /** Whether drills and restored copies may load this worker's machine. */
  PLUMBLINE_DRILLS: z.enum(['yes', 'no']).default('yes'),
  /** A folder with base backups of other tools, and the restore_command that fetches WAL for them. */
  PLUMBLINE_BASE_BACKUPS: z.string().startsWith('/').optional(),
  PLUMBLINE_RESTORE_COMMAND: z.string().default(''),
  /** `host:port` of webhook receivers that may be on this machine or its link; others there are refused. */
  PLUMBLINE_WEBHOOK_HOSTS: list.default([]),
  /** How many times as often as it says each check is asked: a demonstration or a test need not wait. */
  PLUMBLINE_PACE: z.coerce.number().min(1).max(20).default(1),
});

export type WebEnv = z.infer<typeof webEnvSchema>;
export type WorkerEnv = z.infer<typeof workerEnvSchema>;

/** Reads the environment once; a missing or wrong variable is named and the process does not start. */
export function readEnv<T>(schema: z.ZodType<T>, source: NodeJS.ProcessEnv = process.env): T {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new PlumblineError('bad-input', `The environment of this process is not complete: ${wrong}.`, {
    next: 'Set these variables and start again; the README lists them under Configuration.',
  });
}
