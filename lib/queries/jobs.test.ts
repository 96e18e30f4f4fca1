import { expect, test } from 'vitest';
import { jobChoicesSchema } from '@/lib/contract/jobs';
import { jobChoices } from '@/lib/queries/jobs';
import { catalogue } from '@/lib/registry/descriptors';
import { openStore } from '@/lib/store/db';
import { readiness } from '@/lib/testing/readiness';

test('choices come from what is stored; an empty list says why, and a row fills the other fields', async () => {
  const cluster = await readiness();
  const web = openStore(cluster.webUrl, { applicationName: 'job-choices-test', max: 2 });
  const primary = await cluster.addInstance('primary', 'primary');
  const where = { clusterId: cluster.clusterId };
  for (const job of catalogue.jobs) {
    const empty = jobChoicesSchema.parse(await jobChoices(web.db, job.id, where));
    // What is typed from a sheet of paper is offered by nobody.
    const offered = Object.entries(job.choices).filter(([, { from }]) => from !== 'typed-copy');
    expect(Object.keys(empty.fields)).toEqual(offered.map(([field]) => field));
    for (const field of Object.values(empty.fields))
      expect(field).toMatchObject({ items: [], observedAt: null });
    for (const field of Object.values(empty.fields)) expect(field.emptyReason).not.toBe(null);
  }
  for (const [job, source] of catalogue.jobs.flatMap((each) =>
    Object.entries(each.choices).map(([field, from]) => [each, { field, ...from }] as const),
  )) {
    if (source.from === 'rows') {
      const row = { schema: 'sch', table: 'tab', [source.column]: `o'"<b>` };
      await cluster.answer(source.check, primary, [row], { database: 'orders' });
    } else if (source.from === 'databases') {
      // Rows that stand for more than one database are no choice.
      const rows = [{ database: '(other)' }, { database: '(shared catalogs)' }];
      await cluster.answer('foreign-keys', primary, rows, { database: 'orders' });
    } else if (source.from === 'backups' && source.type !== 'physical') {
      await cluster.backup('orders', 60);
    } else {
      // Backup sets, copies and storages are no rows of a database: their own tests choose them.
      continue;
    }
    const { fields } = jobChoicesSchema.parse(await jobChoices(web.db, job.id, where));
    const choice = fields[source.field]?.items[0];
    if (source.from === 'rows') expect(choice?.value).toBe(`o'"<b>`);
    else if (source.from === 'databases') expect(choice?.value).toBe('orders');
    else expect(choice?.label).toContain('orders');
    expect(choice?.with).not.toHaveProperty(source.field);
    const asksDatabase = Object.hasOwn(job.inputSchema.properties as object, 'database');
    if (source.from !== 'databases' && asksDatabase)
      expect(choice?.with).toMatchObject({ database: 'orders' });
  }
  await expect(jobChoices(web.db, 'juggle', where)).rejects.toMatchObject({ code: 'not-found' });
  await web.close();
  await cluster.close();
});
