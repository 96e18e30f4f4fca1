import type { Pool, PoolClient } from 'pg';

/** One kind of thing that a demo application does again and again. */
export interface DemoWork {
  database: string;
  name: string;
  everyMs: number;
  run(pool: Pool): Promise<void>;
}

const between = (low: number, high: number) => low + Math.floor(Math.random() * (high - low + 1));
const anyOf = <T>(values: readonly T[]): T => values[between(0, values.length - 1)] as T;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function inTransaction(pool: Pool, use: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await use(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const calcusignWork: DemoWork[] = [
  {
    database: 'calcusign',
    name: 'web',
    everyMs: 150,
    run: async (pool) => {
      const id = between(1, 12_000);
      await pool.query('select * from projects where id = $1', [id]);
      await pool.query(
        'select payload from project_payloads where project_id = $1 order by version desc limit 1',
        [id],
      );
      await pool.query(
        'select kind, created_at from project_events where project_id = $1 order by created_at desc limit 20',
        [id],
      );
    },
  },
  {
    database: 'calcusign',
    name: 'pricing',
    everyMs: 700,
    run: (pool) =>
      inTransaction(pool, async (client) => {
        const id = between(1, 12_000);
        await client.query('update projects set total = total * 1.001, updated_at = now() where id = $1', [
          id,
        ]);
        await client.query(
          `insert into project_events (project_id, kind, actor) values ($1, 'priced', 'pricing')`,
          [id],
        );
      }),
  },
  {
    database: 'calcusign',
    name: 'search',
    everyMs: 4_000,
    run: async (pool) => {
      const speed = between(30, 54);
      await pool.query('select count(*) from project_payloads where payload @> $1', [
        { wind: { speed_ms: speed } },
      ]);
      await pool.query('delete from project_events where id < (select max(id) - 60000 from project_events)');
    },
  },
];

const vendhubWork: DemoWork[] = [
  {
    database: 'vendhub',
    name: 'telemetry',
    everyMs: 200,
    run: (pool) =>
      inTransaction(pool, async (client) => {
        const machine = between(1, 1_500);
        await client.query('update machines set last_seen_at = now() where id = $1', [machine]);
        await client.query(
          `insert into sales (machine_id, product_id, amount, payment) values ($1, $2, $3, $4)`,
          [machine, between(1, 400), between(100, 600) / 100, anyOf(['card', 'phone', 'cash'])],
        );
        await client.query(
          `update inventory
           set quantity = case when quantity = 0 then capacity else quantity - 1 end
           where machine_id = $1 and slot = $2`,
          [machine, between(1, 16)],
        );
      }),
  },
  {
    // No index on sales.product_id: this reads the whole table each time.
    database: 'vendhub',
    name: 'report',
    everyMs: 5_000,
    run: async (pool) => {
      await pool.query(
        `select p.category, sum(s.amount) as turnover
         from sales s join products p on p.id = s.product_id
         where s.product_id = any ($1)
         group by p.category`,
        [Array.from({ length: 12 }, () => between(1, 400))],
      );
      await pool.query('delete from sales where id < (select max(id) - 120000 from sales)');
    },
  },
  {
    // Somebody edits a machine and goes for a coffee; a second one waits for the row.
    database: 'vendhub',
    name: 'backoffice',
    everyMs: 90_000,
    run: async (pool) => {
      const machine = between(1, 1_500);
      const edit = (holdMs: number) =>
        inTransaction(pool, async (client) => {
          await client.query(`update machines set status = 'service' where id = $1`, [machine]);
          await wait(holdMs);
        });
      await Promise.all([edit(20_000), wait(500).then(() => edit(0))]);
    },
  },
];

const advisorosWork: DemoWork[] = [
  {
    database: 'advisoros',
    name: 'web',
    everyMs: 250,
    run: async (pool) => {
      const organization = between(1, 1_200);
      await pool.query(
        'select * from documents where organization_id = $1 order by created_at desc limit 20',
        [organization],
      );
      await pool.query(
        `select * from tasks where organization_id = $1 and status <> 'done' order by due_on`,
        [organization],
      );
    },
  },
  {
    database: 'advisoros',
    name: 'audit',
    everyMs: 500,
    run: (pool) =>
      inTransaction(pool, async (client) => {
        const organization = between(1, 1_200);
        await client.query(
          `insert into audit_logs (organization_id, actor, action) values ($1, 'user' || $2::integer, $3)`,
          [organization, between(1, 45), anyOf(['view', 'edit', 'share'])],
        );
        await client.query(`update tasks set updated_at = now() where id = $1`, [between(1, 20_000)]);
      }),
  },
  {
    // Its application makes this month's partition when the month has begun, and never ahead of time.
    database: 'advisoros',
    name: 'housekeeping',
    everyMs: 20_000,
    run: async (pool) => {
      await pool.query(`
        do $$
        declare
          start timestamptz := date_trunc('month', now());
        begin
          if to_regclass('audit_logs_' || to_char(start, 'YYYY_MM')) is null then
            execute format('create table %I partition of audit_logs for values from (%L) to (%L)',
              'audit_logs_' || to_char(start, 'YYYY_MM'), start, start + interval '1 month');
          end if;
        end
        $$`);
    },
  },
  {
    // One in a while does not add up and is rolled back.
    database: 'advisoros',
    name: 'billing',
    everyMs: 3_000,
    run: async (pool) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query('update invoices set paid_on = current_date where id = $1', [between(1, 15_000)]);
        await client.query(Math.random() < 0.3 ? 'rollback' : 'commit');
      } finally {
        client.release();
      }
    },
  },
];

export const demoWork: DemoWork[] = [...calcusignWork, ...vendhubWork, ...advisorosWork];
