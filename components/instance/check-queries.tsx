import { CodeBlock } from '@/components/ui/code-block';
import type { CheckSource } from '@/lib/contract/check-source';

/** Rights, extensions and settings that the check cannot do without. */
export function CheckNeeds({ needs }: { needs: CheckSource['needs'] }) {
  if (needs.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold">What it needs</h3>
      <ul className="space-y-1 text-sm">
        {needs.map(({ what, mend }) => (
          <li key={what}>
            {what.charAt(0).toUpperCase() + what.slice(1)}. <span className="text-muted">{mend}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The very SQL that servers are asked, by their version. */
export function CheckQueries({ source }: { source: CheckSource }) {
  if (source.sql.length === 0) {
    return (
      <p className="text-sm text-muted">
        Its rows are put together from several reads; there is no one query.
      </p>
    );
  }
  return (
    <>
      {source.sql.map((entry) => (
        <section key={entry.fromVersion}>
          <h3 className="mb-1 text-sm font-semibold">
            SQL from PostgreSQL {Math.floor(entry.fromVersion / 10_000)} on
          </h3>
          {entry.sql ? (
            <CodeBlock code={entry.sql} label="SQL of this check" />
          ) : (
            <p className="text-sm text-muted">{entry.unsupported}</p>
          )}
        </section>
      ))}
    </>
  );
}
