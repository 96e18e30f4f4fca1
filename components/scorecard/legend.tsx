import { levelMeanings, levelWords, stateMeanings } from '@/components/scorecard/words';
import { StatusMark } from '@/components/ui/status-mark';
import { type CriterionState, readinessLevels } from '@/lib/contract/scorecard';

/** What the marks and the levels mean; it is printed with every scorecard. */
export function ScorecardLegend() {
  const states = Object.keys(stateMeanings) as CriterionState[];
  return (
    <div className="grid gap-x-8 gap-y-3 px-3 py-3 text-sm lg:grid-cols-2">
      <dl className="space-y-1">
        {states.map((state) => (
          <div key={state} className="flex flex-wrap gap-x-2">
            <dt>
              <StatusMark status={state} />
            </dt>
            <dd className="text-muted">{stateMeanings[state]}</dd>
          </div>
        ))}
      </dl>
      <div className="space-y-2">
        <dl className="space-y-1">
          {readinessLevels.map((level) => (
            <div key={level} className="flex flex-wrap gap-x-2">
              <dt className="font-medium">{levelWords[level]}</dt>
              <dd className="text-muted">{levelMeanings[level]}</dd>
            </div>
          ))}
        </dl>
        <p className="text-muted">
          A level is reached when everything of it and of those before it is proven. A red line that is not
          proven keeps it at none, whatever the percentage says.
        </p>
      </div>
    </div>
  );
}
