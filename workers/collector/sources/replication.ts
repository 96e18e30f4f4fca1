import { setTimeout as pause } from 'node:timers/promises';
import {
  canRead,
  defaultLagMs,
  keptSamples,
  type ReadClass,
  type ReadSample,
  type ReadVerdict,
  readSample,
  silentSince,
} from '@/lib/engine/can-read';
import { primaryOf } from '@/lib/engine/primary';
import type { StandbyFacts } from '@/lib/engine/standby-facts';
import type { PrimaryReading } from '@/lib/engine/standby-readings';
import { judgeStandby } from '@/lib/engine/standby-verdict';
import type { InstanceSession } from '@/lib/instance/connect';
import {
  type CountedVerdicts,
  countedVerdictsOf,
  countVerdicts,
  type PeerServer,
  readSamplesOf,
  recordStandbyState,
  recordVerdicts,
  serversBeside,
  walPositionOf,
} from '@/lib/store/standby-states';
import { whyUnasked } from '@/workers/collector/peer-sessions';
import {
  readPrimary,
  readReplayed,
  readStandby,
  type Sender,
  type StandbySide,
  senderOf,
} from '@/workers/collector/sources/replication-reading';
import { factsOf, feederOf, rowOf } from '@/workers/collector/sources/replication-row';
import type { Source, SourceContext, SourceDeps } from '@/workers/collector/sources/source';
import { StandbyMemory } from '@/workers/collector/sources/standby-memory';

/** While a standby is behind, its replay is looked at again after so long each: most are there at once. */
const looksAfterMs = [5, 20, 60, 120, 200];

/** The primary's side of a tick, or why it is not known. */
interface Upstream {
  primary: PrimaryReading | { unknown: string };
  server: PeerServer | undefined;
  senders: readonly Sender[];
  /** When it was asked, in seconds of a clock that never goes back; undefined when it was not asked in this tick. */
  askedAt: number | undefined;
}

/**
 * The truth table of one standby: its own position and the primary's, read one right after the other in one tick, over
 * the primary's session that all standbys of this process share. Where this worker may not reach the primary (another
 * pool), the position that the primary's own collector stored is taken, with its age. The standby is read first, so
 * that an honest copy is never ahead of its primary.
 */
export function makeReplicationSource(deps?: SourceDeps): Source {
  const memory = new StandbyMemory();
  let samples: ReadSample[] | undefined;
  let verdicts: CountedVerdicts | undefined;
  return {
    collect: async (context) => {
      const started = performance.now();
      const { instanceId, session, timeoutMs } = context;
      const servers = deps ? await serversBeside(deps.db, instanceId) : [];
      const own = servers.find(({ id }) => id === instanceId);
      samples ??= deps ? await readSamplesOf(deps.db, instanceId) : [];
      verdicts ??= deps ? await countedVerdictsOf(deps.db, instanceId) : {};
      const now = performance.now() / 1000;
      const standby = await readStandby(session, own?.name ?? 'this standby', timeoutMs);
      const upstream = await askPrimary(deps, context, standby, servers);
      const primary = 'unknown' in upstream.primary ? undefined : upstream.primary;
      const readSeconds = performance.now() / 1000 - now;
      const reachedAfterSeconds = await waitFor(session, standby, upstream);
      const sender = senderOf(standby, upstream.senders);
      const apartSeconds = primary ? readSeconds + primary.agoSeconds : null;
      const verdict = judgeStandby({
        standby: standby.reading,
        primary: upstream.primary,
        sentPosition: sender?.sent ?? null,
        apartSeconds: apartSeconds ?? 0,
        reachedAfterSeconds,
        writtenSecondsAgo: primary ? memory.writtenSecondsAgo(standby.reading, primary) : null,
        before: memory.earlier(now),
        stillSeconds: memory.stillSeconds(standby.reading, now),
      });
      const feeder = feederOf(standby, sender, upstream.server, servers);
      const facts: StandbyFacts = {
        ...verdict,
        ...factsOf(standby, sender, primary),
        primaryName: upstream.server?.name ?? null,
        fedBy: feeder.name,
        apartSeconds,
      };
      const atMs = Date.now();
      // A stored position has its age in the lag already.
      const sample = readSample(atMs, verdict, readSeconds, standby);
      const nextSamples = keptSamples([...samples, sample], atMs);
      const iso = (ms: number) => new Date(ms).toISOString();
      const silentMs = silentSince(samples, atMs);
      const nextVerdicts = countVerdicts(
        verdicts,
        verdictsOf(nextSamples, atMs),
        iso(atMs),
        silentMs === undefined ? undefined : iso(silentMs),
      );
      return {
        answer: {
          state: 'ok',
          rows: [rowOf(facts, nextVerdicts)],
          serverEpoch: standby.serverEpoch,
          durationMs: performance.now() - started,
        },
        store: async (db, at) => {
          await recordStandbyState(db, at, {
            instanceId,
            primaryId: upstream.server?.id ?? null,
            upstreamId: feeder.id,
            senderPid: sender?.pid ?? null,
            facts,
            samples: nextSamples,
          });
          await recordVerdicts(db, instanceId, nextVerdicts);
        },
        commit: () => {
          memory.remember(standby.reading, primary, now);
          samples = nextSamples;
          verdicts = nextVerdicts;
        },
      };
    },
  };
}

/** Asks the cluster's primary in this tick, or says why its position is not known. */
async function askPrimary(
  deps: SourceDeps | undefined,
  { timeoutMs }: SourceContext,
  { systemIdentifier }: StandbySide,
  servers: readonly PeerServer[],
): Promise<Upstream> {
  const found = primaryOf(servers);
  const none = (unknown: string): Upstream => ({
    ...{ primary: { unknown }, server: found?.instance, senders: [], askedAt: undefined },
  });
  if (!deps || !found) return none('no server of this cluster that is watched is its primary');
  const { instance: server, caution } = found;
  if (caution !== null && server.reachable === true) return none(caution.replace(/\.$/, ''));
  if (server.state !== 'active') return none(`watching its primary ${server.name} is ${server.state}`);
  if (!deps.pools.includes(server.pool)) return storedPrimary(deps, server, none);
  const askedAt = performance.now() / 1000;
  try {
    const side = await deps.peers.use(server.id, (session) => readPrimary(session, timeoutMs));
    if (!side) return none(`${server.name} is in recovery itself now`);
    if (side.systemIdentifier !== systemIdentifier) return none(`${server.name} answers as another cluster`);
    return { primary: { ...side.reading, name: server.name }, server, senders: side.senders, askedAt };
  } catch (error) {
    return none(whyUnasked(server.name, error));
  }
}

/** This worker has no way to the primary: what the primary's own collector stored is of another moment, and says so. */
async function storedPrimary(
  deps: SourceDeps,
  server: PeerServer,
  none: (unknown: string) => Upstream,
): Promise<Upstream> {
  const stored = await walPositionOf(deps.db, server.id);
  if (!stored) {
    return none(`workers of the pool ${server.pool} have not stored the position of ${server.name} yet`);
  }
  const { position, facts, agoSeconds } = stored;
  return { ...none(''), primary: { ...facts, position, agoSeconds, name: server.name } };
}

/** Looks on while a standby comes to the position that the primary had: seconds that it took, or null. */
async function waitFor(
  session: InstanceSession,
  { reading }: StandbySide,
  { primary, askedAt }: Upstream,
): Promise<number | null> {
  if (askedAt === undefined || 'unknown' in primary) return null;
  const { replayed, receiver, pauseState } = reading;
  // A paused or cut one comes nowhere in this time.
  if (replayed === null || receiver === null || pauseState !== 'not paused') return null;
  if (replayed >= primary.position || reading.applyDelaySeconds > 0) return null;
  for (const afterMs of looksAfterMs) {
    await pause(afterMs);
    const now = await readReplayed(session, 1_000);
    if (now !== null && now >= primary.position) return performance.now() / 1000 - askedAt;
  }
  return null;
}

function verdictsOf(samples: readonly ReadSample[], now: number): Record<ReadClass, ReadVerdict> {
  const of = (each: ReadClass) => canRead(samples, each, defaultLagMs, now);
  return { read: of('read'), analytics: of('analytics'), background: of('background') };
}
