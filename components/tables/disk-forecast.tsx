'use client';

import { useUrlState } from '@/components/data/url-state';
import { daysText, growthWords } from '@/components/tables/table-cells';
import { Input } from '@/components/ui/input';
import { formatBytes } from '@/lib/base/format';
import type { TableGrowth, Tables } from '@/lib/contract/tables';

const gibibyte = 1024 ** 3;

/** All databases together: their rates add up, and so do the bounds, which is the careful way. */
function together(databases: Tables['databases']): TableGrowth | null {
  const known = databases.flatMap(({ growth }) => (growth ? [growth] : []));
  if (known.length === 0) return null;
  const sum = (pick: (growth: TableGrowth) => number) => known.reduce((all, each) => all + pick(each), 0);
  return {
    perDay: sum(({ perDay }) => perDay),
    lowPerDay: sum(({ lowPerDay }) => lowPerDay),
    highPerDay: sum(({ highPerDay }) => highPerDay),
    days: Math.max(...known.map(({ days }) => days)),
  };
}

/** When a disk is full, by the growth of all databases and the free space that the reader gives. */
export function DiskForecast({ databases }: { databases: Tables['databases'] }) {
  const [free, setFree] = useUrlState('free');
  const growth = together(databases);
  const bytes = databases.reduce((sum, each) => sum + each.bytes, 0);
  const freeBytes = Number(free) * gibibyte;
  const until = (rate: number) => daysText(rate > 0 ? freeBytes / rate : null);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 pb-3 text-sm">
      <p>
        {databases.length} databases hold {formatBytes(bytes)}
        {growth
          ? ` and grow by ${growthWords(growth)}.`
          : '; their growth shows after three days of readings.'}
      </p>
      <span className="flex items-center gap-2">
        <span id="free-on-disk" className="text-muted">
          Free on their disk (GB)
        </span>
        <Input
          aria-labelledby="free-on-disk"
          type="number"
          min="0"
          step="any"
          value={free}
          className="h-7 w-28 text-sm"
          onChange={(event) => setFree(event.target.value)}
        />
      </span>
      {freeBytes > 0 && growth ? (
        <p aria-live="polite">
          {growth.perDay > 0
            ? `Full in ${until(growth.perDay)}, at the earliest in ${until(growth.highPerDay)}${growth.lowPerDay > 0 ? `, at the latest in ${until(growth.lowPerDay)}` : ''}.`
            : 'They do not grow: it does not fill up at this rate.'}
        </p>
      ) : null}
    </div>
  );
}
