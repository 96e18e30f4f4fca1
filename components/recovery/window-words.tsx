import { Moment } from '@/components/ui/age';
import type { Recovery } from '@/lib/contract/recovery';

/** More holes than this nobody reads in a sentence; the table has them all. */
const namedHoles = 3;

/** The window as one sentence: any second between A and B, except what is missing. */
export function WindowSentence({ recovery }: { recovery: Recovery }) {
  const { reachable, holes } = recovery;
  const first = reachable[0];
  const last = reachable.at(-1);
  if (!first || !last) return <NoWindow recovery={recovery} />;
  const named = holes.slice(-namedHoles);
  return (
    <p className="max-w-prose text-base">
      Any second between{' '}
      <strong>
        <Moment at={first.from} />
      </strong>{' '}
      and{' '}
      <strong>
        <Moment at={last.to} />
      </strong>
      {holes.length > 0 ? ', except ' : '.'}
      {named.map((hole, index) => (
        <span key={hole.from}>
          {index > 0 ? (index === named.length - 1 ? ' and ' : ', ') : ''}
          <Moment at={hole.from} /> to <Moment at={hole.to} />
        </span>
      ))}
      {holes.length > named.length ? ` and ${holes.length - named.length} earlier holes` : ''}
      {holes.length > 0 ? '.' : ''}
    </p>
  );
}

function NoWindow({ recovery }: { recovery: Recovery }) {
  const { backups, dumps, stanza, repositories } = recovery;
  const isUnread = repositories.every(({ lookedAt }) => lookedAt === null);
  const why = !stanza
    ? 'No archiving by pgBackRest is set up for this cluster.'
    : isUnread
      ? 'Its repositories were not read yet.'
      : backups.some(({ state }) => state === 'ready')
        ? 'Backups are there, but none of them is whole with its WAL and free of damaged pages.'
        : 'The repository holds no backup to begin from.';
  const next = !stanza
    ? 'Set it up, and every second from the first full backup on can be brought back.'
    : isUnread
      ? 'The worker beside the server reads them every minute: see that it runs.'
      : 'Take a full backup: the window begins at its end.';
  return (
    <p className="max-w-prose text-base">
      <strong>No second of the past can be brought back.</strong> {why} {next}
      {dumps.ready > 0 ? ' Dumps of single databases are there: they lead to their own moments only.' : ''}
    </p>
  );
}
