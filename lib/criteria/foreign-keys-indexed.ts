import {
  answersPerDatabase,
  checkLink,
  counted,
  fail,
  listed,
  oldest,
  pass,
} from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

/** Below this a scan of the child table is quick: the same line as the finding's. */
const leastRows = 1000;

export default defineCriterion({
  title: 'Foreign keys indexed',
  why: 'Without an index each delete of a parent row reads the whole child table and holds its locks meanwhile.',
  domain: 'schema',
  version: 1,
  level: 'sound',
  unit: 'count',
  counted: { one: 'key without one', many: 'keys without one' },
  objective: 'none of a table above 1,000 rows lacks an index',
  expiresAfterSeconds: 6 * 3600,
  earnedBy: 'create-index-concurrently',
  async evaluate(ctx) {
    const read = await answersPerDatabase(ctx, 'foreign-keys', 'Foreign keys', 'database-size');
    if ('state' in read) return read;
    const { answers, missing, instanceId } = read;
    const links = answers.map(({ database, at }) =>
      checkLink('foreign-keys', instanceId, `Foreign keys in ${database}`, at),
    );
    const bare = answers.flatMap(({ database, rows }) =>
      rows
        .filter(({ table_rows }) => Number(table_rows) >= leastRows)
        .map((row) => `${database}: ${row.schema}.${row.table} (${row.columns})`),
    );
    if (bare.length > 0) {
      const observedAt = oldest(answers.map(({ at }) => at));
      const sentence = `${counted(bare.length, 'foreign key')} without a usable index: ${listed(bare)}. Create an index that leads with the key’s columns.`;
      return fail(sentence, { links, observedAt, value: bare.length });
    }
    if (missing) return { ...missing, links };
    const sentence = `Each foreign key of a table above 1,000 rows has an index in ${counted(answers.length, 'database')}.`;
    return pass(sentence, { links, observedAt: oldest(answers.map(({ at }) => at)), value: 0 });
  },
});
