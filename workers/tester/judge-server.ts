import type { TestStep } from '@/lib/contract/instances';
import type { InstanceFacts } from '@/lib/instance/facts';
import { tamed } from '@/lib/instance/instance-error';
import type { TestInput } from '@/workers/tester/run-test';

function step(
  title: string,
  state: TestStep['state'],
  sentence: string,
  next: string | null = null,
): TestStep {
  return { purpose: null, title, state, sentence, next, durationMs: null };
}

/** What answered: version, role and timeline. */
export function serverStep(facts: InstanceFacts): TestStep {
  return step(
    'Server',
    'ok',
    `PostgreSQL ${tamed(facts.serverVersion, 80)}, ${facts.role}, timeline ${facts.timeline}.`,
  );
}

/**
 * Whether the server is of this cluster. All servers of a cluster share its system identifier (manual: 26.2);
 * restored copies do too, so an equal one elsewhere is a warning only.
 */
export async function identityStep(input: TestInput, facts: InstanceFacts): Promise<TestStep> {
  const { cluster, instance } = input;
  const expected = cluster.system_identifier;
  if (expected !== null && expected !== facts.systemIdentifier) {
    return step(
      'Identity',
      'failed',
      `This server belongs to another cluster: its system identifier is ${facts.systemIdentifier}, that of ${cluster.name} is ${expected}.`,
      'Check host and port, or add it to a cluster of its own.',
    );
  }
  if (
    expected === null &&
    instance.system_identifier !== null &&
    instance.system_identifier !== facts.systemIdentifier
  ) {
    return step(
      'Identity',
      'warn',
      'Another server answers at this address than at the last test.',
      'Check that this is meant.',
    );
  }
  const elsewhere = (await input.clustersWith(facts.systemIdentifier)).filter(
    (name) => name !== cluster.name,
  );
  if (elsewhere.length > 0) {
    return step(
      'Identity',
      'warn',
      `Servers of ${elsewhere.join(', ')} have the same system identifier: this is one of them, or a restored copy.`,
      'Add it to that cluster instead, unless it is a copy.',
    );
  }
  return step(
    'Identity',
    'ok',
    expected === null
      ? `System identifier ${facts.systemIdentifier}: the first server of ${cluster.name}.`
      : `System identifier ${facts.systemIdentifier}: a server of ${cluster.name}.`,
  );
}

/** Whether statements are counted; it needs a restart, so it is said at the first meeting. */
export function extensionSteps(facts: InstanceFacts): TestStep[] {
  if (facts.extensions.some((extension) => extension.name === 'pg_stat_statements')) return [];
  const preloaded = (facts.settings.shared_preload_libraries ?? '').includes('pg_stat_statements');
  return [
    step(
      'Extensions',
      'warn',
      `pg_stat_statements is not in the database ${tamed(facts.database, 63)}: slow statements stay unknown.`,
      preloaded
        ? 'Run create extension pg_stat_statements there as a superuser.'
        : 'Add pg_stat_statements to shared_preload_libraries, restart the server, then run create extension pg_stat_statements.',
    ),
  ];
}
