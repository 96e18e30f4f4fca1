import { messageOf, PlumblineError } from '@/lib/base/errors';
import { type TestResult, type TestStep, tlsModeSentences } from '@/lib/contract/instances';
import type { JsonObject, Purpose } from '@/lib/engine/define-job';
import { grantScript } from '@/lib/engine/grant-scripts';
import type { InstanceSession } from '@/lib/instance/connect';
import { type InstanceFacts, readFacts } from '@/lib/instance/facts';
import { InstanceError } from '@/lib/instance/instance-error';
import type { KeyPair } from '@/lib/secrets/key-file';
import type { ClusterRow } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import type { LoginRow } from '@/lib/store/instance-logins';
import type { InstanceRow, SeenServer } from '@/lib/store/instances';
import { openInstance } from '@/workers/logins';
import { extensionSteps, identityStep, serverStep } from '@/workers/tester/judge-server';
import { readRights } from '@/workers/tester/rights';
import { findStandbys } from '@/workers/tester/standbys';

export interface TestInput {
  cluster: ClusterRow;
  instance: InstanceRow;
  logins: LoginRow[];
  /** All instances of the cluster, for telling known standbys from new ones. */
  siblings: InstanceRow[];
  /** Names of other clusters whose servers have a system identifier. */
  clustersWith: (systemIdentifier: string) => Promise<string[]>;
}

export interface TestOutcome {
  ok: boolean;
  result: TestResult;
  /** Present when a server answered; to be stored only when the test passed. */
  seen: SeenServer | undefined;
}

/** After one of these the other logins would only wait for the same answer again. */
const aboutThePlace = new Set([
  'refused',
  'unknown-host',
  'no-route',
  'tls-refused',
  'certificate',
  'not-accepting',
  'not-postgres',
  'dropped',
  'too-old',
  'timed-out',
  'cancelled',
]);

/**
 * Connects with each login of an instance and says what works and what does not, within `connectTimeoutMs` per
 * login and five seconds per statement. Writes nothing, on the server or in our store.
 */
export async function runTest(
  db: Store,
  keyPair: KeyPair,
  input: TestInput,
  options: { connectTimeoutMs: number; signal: AbortSignal },
): Promise<TestOutcome> {
  const { instance, logins } = input;
  const steps: TestStep[] = [];
  const result: TestResult = { steps, server: null, logins: [], standbys: [], activated: false };
  let facts: InstanceFacts | undefined;
  let unreachable = false;
  let ok = logins.length > 0;
  if (!ok)
    steps.push(
      step(
        null,
        'Logins',
        'failed',
        'The instance has no login to test with.',
        'Add at least the watch login.',
      ),
    );

  for (const login of inOrder(logins)) {
    const title = `Connect as ${login.username}`;
    if (unreachable) {
      steps.push(step(login.purpose, title, 'skipped', 'Not tried: the server could not be reached.'));
      continue;
    }
    const startedAt = performance.now();
    let session: InstanceSession | undefined;
    try {
      session = await openInstance(db, keyPair, instance.id, login.purpose, undefined, {
        applicationName: 'plumbline test',
        ...options,
      });
      const tookMs = performance.now() - startedAt;
      const seen = await readFacts(session, 5_000);
      steps.push(connectedStep(login, instance, session, tookMs));
      if (!facts) {
        facts = seen;
        steps.push(serverStep(seen), await identityStep(input, seen));
        result.server = await serverOf(session, seen);
        if (seen.role === 'primary') result.standbys = await findStandbys(session, instance, input.siblings);
      } else if (facts.systemIdentifier !== seen.systemIdentifier) {
        throw new PlumblineError('conflict', 'Two logins reached two different servers under one address.', {
          next: 'Give the address of one server, not of a balancer.',
        });
      }
      if (login.purpose === 'watch') steps.push(...extensionSteps(seen));
      const { tested, rightSteps } = await rightsOf(session, login, seen);
      result.logins.push(tested);
      steps.push(...rightSteps);
    } catch (error) {
      ok = false;
      const known = error instanceof PlumblineError;
      const sentence = known ? error.message : `Something unexpected happened: ${messageOf(error)}`;
      unreachable = error instanceof InstanceError && !session && aboutThePlace.has(error.reason);
      steps.push({
        ...step(login.purpose, title, 'failed', sentence, known ? (error.next ?? null) : null),
        durationMs: Math.round(performance.now() - startedAt),
      });
    } finally {
      await session?.close();
    }
  }
  if (steps.some((one) => one.state === 'failed')) ok = false;
  return { ok, result, seen: facts && seenOf(facts) };
}

function inOrder(logins: readonly LoginRow[]): LoginRow[] {
  const order: Purpose[] = ['watch', 'backup', 'operate'];
  return [...logins].sort((a, b) => order.indexOf(a.purpose) - order.indexOf(b.purpose));
}

export function step(
  purpose: Purpose | null,
  title: string,
  state: TestStep['state'],
  sentence: string,
  next: string | null = null,
): TestStep {
  return { purpose, title, state, sentence, next, durationMs: null };
}

function connectedStep(
  login: LoginRow,
  instance: InstanceRow,
  session: InstanceSession,
  tookMs: number,
): TestStep {
  const weak = instance.tls_mode !== 'verify-full';
  const how = session.tls ? `over TLS (${instance.tls_mode})` : 'without TLS';
  return {
    ...step(
      login.purpose,
      `Connect as ${login.username}`,
      weak ? 'warn' : 'ok',
      `Connected ${how} to the database ${session.database}.${weak ? ` ${tlsModeSentences[instance.tls_mode]}` : ''}`,
      weak ? 'Choose verify-full once the server has a certificate for its name.' : null,
    ),
    durationMs: Math.round(tookMs),
  };
}

async function rightsOf(session: InstanceSession, login: LoginRow, facts: InstanceFacts) {
  const seen = await readRights(session, login.purpose, facts);
  const major = Math.floor(facts.serverVersionNum / 10_000);
  const script =
    seen.missing.length > 0
      ? grantScript({ purpose: login.purpose, user: login.username, major, owners: seen.owners })
      : null;
  const rightSteps: TestStep[] = [];
  if (facts.superuser) {
    rightSteps.push(
      step(
        login.purpose,
        'Least privilege',
        'warn',
        `${login.username} is a superuser: whoever steals this password owns the server.`,
        `Make a role with the script of the ${login.purpose} login and use that.`,
      ),
    );
  }
  for (const sentence of seen.excess) {
    rightSteps.push(step(login.purpose, 'Least privilege', 'warn', sentence, 'Revoke it from the role.'));
  }
  rightSteps.push(
    seen.missing.length === 0
      ? step(
          login.purpose,
          'Rights',
          'ok',
          `${login.username} has all that the ${login.purpose} login needs.`,
        )
      : step(
          login.purpose,
          'Rights',
          'warn',
          seen.missing.join(' '),
          'Run the script below on the primary, then test again.',
        ),
  );
  const tested = {
    purpose: login.purpose,
    user: login.username,
    tls: session.tls,
    superuser: facts.superuser,
    ok: seen.missing.length === 0,
    rights: seen.rights,
    missing: seen.missing,
    script,
  };
  return { tested, rightSteps };
}

async function serverOf(session: InstanceSession, facts: InstanceFacts): Promise<TestResult['server']> {
  const databases = await session.query(
    `select datname::text as name
     from pg_database
     where datallowconn and not datistemplate
     order by datname
     limit 500`,
    [],
    { deadlineMs: 5_000 },
  );
  return {
    serverVersionNum: facts.serverVersionNum,
    version: facts.serverVersion,
    role: facts.role,
    systemIdentifier: facts.systemIdentifier,
    timeline: facts.timeline,
    extensions: facts.extensions.map(({ name, version }) => ({ name, version })),
    databases: databases.map((row) => String(row.name)),
  };
}

function seenOf(facts: InstanceFacts): SeenServer {
  return {
    role: facts.role,
    timeline: facts.timeline,
    systemIdentifier: facts.systemIdentifier,
    serverVersionNum: facts.serverVersionNum,
    facts: JSON.parse(JSON.stringify(facts)) as JsonObject,
  };
}
