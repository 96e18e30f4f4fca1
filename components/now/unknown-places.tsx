import { Banner } from '@/components/ui/banner';
import { CodeBlock } from '@/components/ui/code-block';
import type { UnknownPlace } from '@/lib/contract/changes';

/** Where something is not known, and what mends it: an empty list would be a lie there. */
export function UnknownPlaces({ title, places }: { title: string; places: readonly UnknownPlace[] }) {
  if (places.length === 0) return null;
  return (
    <Banner tone="unknown" title={title}>
      <ul className="flex flex-col gap-2">
        {places.map(({ instanceId, instanceName, database, reason, mend }) => (
          <li key={`${instanceId}/${database}/${reason}`}>
            {instanceName}
            {database ? `, database ${database}` : ''}: {reason}
            {mend ? <CodeBlock code={mend} label="What mends it" wrap /> : null}
          </li>
        ))}
      </ul>
    </Banner>
  );
}
