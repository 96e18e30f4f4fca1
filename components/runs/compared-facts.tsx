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
                <th scope="row" className="border-b px-3 py-1 text-left font-normal">
                  {factLabel(key)}
                </th>
                <td className="border-b px-3 py-1 text-right">{factText(key, left)}</td>
                <td className="border-b px-3 py-1 text-right">{factText(key, right)}</td>
                <td className="border-b px-3 py-1 text-right">
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

function changeText(key: string, before: Fact, after: Fact): string {
  if (typeof before !== 'number' || typeof after !== 'number') return 'changed';
  const difference = after - before;
  const sign = difference > 0 ? '+' : '−';
  const share = before !== 0 ? ` (${sign}${formatNumber(Math.abs((100 * difference) / before))} %)` : '';
  return `${sign}${factNumber(key, Math.abs(difference))}${share}`;
}
