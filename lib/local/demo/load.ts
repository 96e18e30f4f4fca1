import { readdirSync, rmSync, statSync } from 'node:fs';
import { Pool } from 'pg';
import { z } from 'zod';
import { messageOf } from '@/lib/base/errors';
import { log } from '@/lib/base/server/log';
import { type DemoWork, demoWork } from '@/lib/local/demo/work';

/** What the demo's applications are told by their environment. */
const environmentSchema = z.object({
  DEMO_PORTS: z.string().transform((text) => text.split(',').map(Number)),
  DEMO_PASSWORD: z.string(),
  DEMO_ARCHIVE: z.string(),
});

type Environment = z.infer<typeof environmentSchema>;

const archiveKeepMs = 6 * 3_600_000;

/** One application: its pool on whichever of the servers takes writes now, found again after a failover. */
class Application {
  private pool: Pool | undefined;

  constructor(
    private readonly work: DemoWork,
    private readonly environment: Environment,
  ) {}

  async run(): Promise<void> {
    try {
      this.pool ??= await this.connect();
      await this.work.run(this.pool);
    } catch (error) {
      // A primary that has gone, or a deadlock on purpose: an application tries again.
      log.debug({ database: this.work.database, err: messageOf(error) }, 'demo work failed');
      const broken = this.pool;
      this.pool = undefined;
      await broken?.end().catch(() => undefined);
    }
  }

  private async connect(): Promise<Pool> {
    for (const port of this.environment.DEMO_PORTS) {
      const pool = new Pool({
        host: '127.0.0.1',
        port,
        user: 'demo_application',
        password: this.environment.DEMO_PASSWORD,
        database: this.work.database,
        application_name: `${this.work.database}-${this.work.name}`,
        max: 3,
        connectionTimeoutMillis: 3_000,
        statement_timeout: 120_000,
        ssl: { rejectUnauthorized: false },
      });
      pool.on('error', () => undefined);
      try {
        const { rows } = await pool.query('select not pg_is_in_recovery() as writable');
        if (rows[0]?.writable) return pool;
      } catch {
        // Down: the other one is tried.
      }
      await pool.end();
    }
    throw new Error('no demo server takes writes');
  }
}

/** The archive of a demo must not fill the disk: nobody restores from it what is older than some hours. */
function pruneArchive(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = `${folder}/${name}`;
    if (Date.now() - statSync(file).mtimeMs > archiveKeepMs) rmSync(file, { force: true });
  }
}

/** Runs until it is stopped: each kind of work at its own pace, never two of a kind at once. */
export async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const environment = environmentSchema.parse(env);
  for (const work of demoWork) {
    const application = new Application(work, environment);
    let busy = false;
    setInterval(async () => {
      if (busy) return;
      busy = true;
      await application.run();
      busy = false;
    }, work.everyMs);
  }
  setInterval(() => pruneArchive(environment.DEMO_ARCHIVE), 600_000);
}

await main(process.env);
