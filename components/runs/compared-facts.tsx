import { type Fact, factLabel, factNumber, factText } from '@/components/runs/fact-words';
import { classNames } from '@/components/ui/class-names';
import { formatNumber } from '@/lib/base/format';

interface ComparedFactsProps {
  before: { [key: string]: Fact };
  after: { [key: string]: Fact };
}

/** Facts of the same names in two columns; what changed stands out, numbers with their difference. */
export function ComparedFacts({ before, after }: ComparedFactsProps) {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-muted">
            <th scope="col" className="border-b px-3 py-1 font-medium">
              Fact
            </th>
            <th scope="col" className="border-b px-3 py-1 text-right font-medium">
              Before
            </th>
            <th scope="col" className="border-b px-3 py-1 text-right font-medium">
              After
            </th>
            <th scope="col" className="border-b px-3 py-1 text-right font-medium">
              Change
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const left = before[key] ?? null;
            const right = after[key] ?? null;
            const same = JSON.stringify(left) === JSON.stringify(right);
            return (
              <tr key={key} className={classNames(same && 'text-muted')}>
                <th scope="row" className="border-b px-3 py-1 text-left align-top font-normal">
                  {factLabel(key)}
                </th>
                <ComparedCell name={key} value={left} other={right} />
                <ComparedCell name={key} value={right} other={left} />
                <td className="border-b px-3 py-1 text-right align-top whitespace-nowrap">
                  {same ? 'same' : changeText(key, left, right)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** One side of a fact. Of a list each row is a line, and the ones that the other side lacks stand out. */
function ComparedCell({ name, value, other }: { name: string; value: Fact; other: Fact }) {
  if (!Array.isArray(value)) {
    return <td className="border-b px-3 py-1 text-right align-top">{factText(name, value)}</td>;
  }
  const known = new Set((Array.isArray(other) ? other : []).map((row) => JSON.stringify(row)));
  return (
    <td className="border-b px-3 py-1 text-left align-top text-xs">
      {value.length === 0 ? 'none' : null}
      <ul className="space-y-0.5">
        {value.map((row) => {
          const text = JSON.stringify(row);
          return (
            <li key={text} className={known.has(text) ? 'text-muted' : 'font-medium'}>
              {factText(name, row)}
            </li>
          );
        })}
      </ul>
    </td>
  );
}

function changeText(key: string, before: Fact, after: Fact): string {
  if (typeof before !== 'number' || typeof after !== 'number') return 'changed';
  const difference = after - before;
  const sign = difference > 0 ? '+' : '−';
  const share = before !== 0 ? ` (${sign}${formatNumber(Math.abs((100 * difference) / before))} %)` : '';
  return `${sign}${factNumber(key, Math.abs(difference))}${share}`;
}
