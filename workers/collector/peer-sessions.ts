import { messageOf } from '@/lib/base/errors';
import type { InstanceSession } from '@/lib/instance/connect';
import { InstanceError } from '@/lib/instance/instance-error';

/** A server that did not answer is not asked again sooner: all standbys of a dead primary would wait for it in turn. */
const failureHoldsMs = 8_000;
/** A session that nobody used for so long is closed. */
const idleMs = 60_000;

type Connect = (instanceId: string, signal: AbortSignal) => Promise<InstanceSession>;

interface Peer {
  session: InstanceSession | undefined;
  /** The end of the queue: one session answers one at a time. */
  tail: Promise<unknown>;
  failure: { error: unknown; until: number } | undefined;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Sessions with other servers of a cluster, at most one per server and process however many of its standbys ask: a
 * standby's collector reads the primary in its own tick through them.
 */
export class PeerSessions {
  private readonly peers = new Map<string, Peer>();
  private readonly stopping = new AbortController();

  constructor(private readonly connect: Connect) {}

  /**
   * Runs `ask` on the session with an instance, after those who came before; a session that broke since is made anew.
   *
   * @throws InstanceError when the server does not answer: for some seconds the same one without trying again.
   */
  async use<T>(instanceId: string, ask: (session: InstanceSession) => Promise<T>): Promise<T> {
    const peer = this.peers.get(instanceId) ?? newPeer();
    this.peers.set(instanceId, peer);
    const turn = peer.tail.then(() => this.turn(instanceId, peer, ask));
    peer.tail = turn.catch(() => {});
    return turn;
  }

  /** Closes all sessions; nobody may ask any more. */
  async stop(): Promise<void> {
    this.stopping.abort(new InstanceError('cancelled', 'The collector is stopping.'));
    for (const peer of this.peers.values()) {
      await peer.tail;
      clearTimeout(peer.idle);
      await leave(peer);
    }
    this.peers.clear();
  }

  private async turn<T>(
    instanceId: string,
    peer: Peer,
    ask: (session: InstanceSession) => Promise<T>,
  ): Promise<T> {
    this.stopping.signal.throwIfAborted();
    if (peer.failure && performance.now() < peer.failure.until) throw peer.failure.error;
    peer.failure = undefined;
    clearTimeout(peer.idle);
    try {
      const isOld = peer.session?.isOpen() === true;
      try {
        return await ask(await this.sessionOf(instanceId, peer));
      } catch (error) {
        if (!(error instanceof InstanceError) || error.reason !== 'dropped') throw error;
        // It says that it is gone before it knows so itself.
        await leave(peer);
        // It may have broken while nobody used it: that is found out by using it.
        if (!isOld) throw error;
        return await ask(await this.sessionOf(instanceId, peer));
      }
    } catch (error) {
      const isLate = error instanceof InstanceError && error.reason === 'timed-out';
      if (!this.stopping.signal.aborted && (isLate || !peer.session?.isOpen())) {
        peer.failure = { error, until: performance.now() + failureHoldsMs };
      }
      throw error;
    } finally {
      peer.idle = setTimeout(() => {
        peer.tail = peer.tail.then(() => leave(peer));
      }, idleMs).unref();
    }
  }

  private async sessionOf(instanceId: string, peer: Peer): Promise<InstanceSession> {
    if (peer.session?.isOpen()) return peer.session;
    await leave(peer);
    peer.session = await this.connect(instanceId, this.stopping.signal);
    return peer.session;
  }
}

async function leave(peer: Peer): Promise<void> {
  const { session } = peer;
  peer.session = undefined;
  await session?.close();
}

function newPeer(): Peer {
  return { session: undefined, tail: Promise.resolve(), failure: undefined, idle: undefined };
}

/** Why a peer could not be asked, as the end of a sentence. */
export function whyUnasked(name: string, error: unknown): string {
  return `${name} could not be asked: ${messageOf(error).replace(/\.$/, '')}`;
}
