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

export default defineCriterion({
  title: 'No invalid indexes',
  why: 'An invalid index is paid for at every write and serves no query; a unique one does not even keep its promise.',
  domain: 'schema',
  version: 1,
  level: 'sound',
  unit: 'count',
  counted: { one: 'invalid index', many: 'invalid indexes' },
  objective: 'none in any database',
  expiresAfterSeconds: 3600,
  earnedBy: 'reindex-concurrently',
  async evaluate(ctx) {
    const read = await answersPerDatabase(ctx, 'indexes', 'Indexes', 'database-size');
    if ('state' in read) return read;
    const { answers, missing, instanceId } = read;
    const links = answers.map(({ database, at }) =>
      checkLink('indexes', instanceId, `Indexes in ${database}`, at),
    );
    const observedAt = oldest(answers.map(({ at }) => at));
    const invalid = answers.flatMap(({ database, rows }) =>
      rows.filter((row) => Number(row.invalid) > 0).map((row) => `${database}: ${row.schema}.${row.index}`),
    );
    if (invalid.length > 0) {
      const sentence = `Invalid: ${listed(invalid)}. Rebuild or drop each.`;
      return fail(sentence, { links, observedAt, value: invalid.length });
    }
    if (missing) return { ...missing, links };
    return pass(`Every index is valid in ${counted(answers.length, 'database')}.`, {
      links,
      observedAt,
      value: 0,
    });
  },
});
