import {
  answersPerDatabase,
  checkLink,
  counted,
  fail,
  listed,
  notApplicable,
  oldest,
  pass,
} from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

export default defineCriterion({
  title: 'Next partition exists',
  why: 'At the first row of the next range, inserts fail or fall into the default partition, from where they must be moved later.',
  domain: 'schema',
  version: 1,
  level: 'recoverable',
  unit: 'count',
  counted: { one: 'table without one', many: 'tables without one' },
  objective: 'no table partitioned by time ends with its current range',
  expiresAfterSeconds: 6 * 3600,
  earnedBy: 'partition-create-ahead',
  async evaluate(ctx) {
    const read = await answersPerDatabase(ctx, 'partitions', 'Partitioning', 'database-size');
    if ('state' in read) return read;
    const { answers, missing, instanceId } = read;
    const links = answers.map(({ database, at }) =>
      checkLink('partitions', instanceId, `Partitions in ${database}`, at),
    );
    const byTime = answers.flatMap(({ database, rows }) =>
      rows
        .filter(({ ahead }) => typeof ahead === 'number')
        .map((row) => ({ ...row, database, ahead: Number(row.ahead) })),
    );
    // How many widths of its last range lie ahead of now: less than one means that only the current range is there.
    const ending = byTime.filter(({ ahead }) => ahead < 1) as ((typeof byTime)[number] & {
      schema?: unknown;
      table?: unknown;
    })[];
    if (ending.length > 0) {
      const names = ending.map(({ database, schema, table }) => `${database}: ${schema}.${table}`);
      const sentence = `The next partition of ${listed(names)} is missing. Create the next ranges ahead, best on a schedule.`;
      return fail(sentence, { links, observedAt: oldest(answers.map(({ at }) => at)), value: ending.length });
    }
    if (missing) return { ...missing, links };
    const observedAt = oldest(answers.map(({ at }) => at));
    const where = counted(answers.length, 'database');
    if (byTime.length === 0)
      return notApplicable(`no table is partitioned by ranges of time in ${where}.`, { links, observedAt });
    return pass(
      `${counted(byTime.length, 'table')} partitioned by time in ${where}: the next range of each exists.`,
      {
        links,
        observedAt,
        value: 0,
      },
    );
  },
});
