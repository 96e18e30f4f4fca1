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

const fromMajor = (version: number) => `from PostgreSQL ${Math.floor(version / 10_000)} on`;

/** The very SQL that servers are asked, by their version; of rows put together from several reads, each of them. */
export function CheckQueries({ source }: { source: CheckSource }) {
  return (
    <>
      {source.sql.map((entry) => (
        <section key={entry.fromVersion}>
          <h3 className="mb-1 text-sm font-semibold">SQL {fromMajor(entry.fromVersion)}</h3>
          {entry.sql ? (
            <CodeBlock code={entry.sql} label="SQL of this check" />
          ) : (
            <p className="text-sm text-muted">{entry.unsupported}</p>
          )}
        </section>
      ))}
      {source.asks.map(({ title, fromVersion, sql, note }) => (
        <section key={`${title} ${fromVersion}`}>
          <h3 className="mb-1 text-sm font-semibold">
            {fromVersion === null ? title : `${title}, ${fromMajor(fromVersion)}`}
          </h3>
          {note ? <p className="mb-1 text-sm text-muted">{note}</p> : null}
          {sql ? <CodeBlock code={sql} label={`SQL: ${title}`} /> : null}
        </section>
      ))}
    </>
  );
}
