/** What is known of a server when one asks who leads its cluster. */
export interface Candidate {
  id: string;
  name: string;
  state: 'draft' | 'active' | 'paused' | 'removed';
  role: 'primary' | 'standby' | 'unknown';
  timeline: number | null;
  reachable: boolean | null;
  lastSeenAt: string | null;
}

export interface Primary<C extends Candidate> {
  instance: C;
  /** Why “this is the primary” needs care; null when nothing speaks against it. */
  caution: string | null;
}

/**
 * Who is the primary of a cluster, from what its servers said last.
 *
 * A promotion starts a new timeline (manual: 26.3.5 Timelines), so among servers that call themselves primary the
 * highest timeline is the younger truth: a primary that died still stands in its row as one. Two on one timeline
 * that both answer is a split brain, which nobody but a person can settle.
 */
export function primaryOf<C extends Candidate>(servers: readonly C[]): Primary<C> | null {
  const claiming = servers
    .filter((server) => (server.state === 'active' || server.state === 'paused') && server.role === 'primary')
    .sort(
      (a, b) =>
        (b.timeline ?? 0) - (a.timeline ?? 0) ||
        Number(b.reachable === true) - Number(a.reachable === true) ||
        (b.lastSeenAt ?? '').localeCompare(a.lastSeenAt ?? ''),
    );
  const first = claiming[0];
  if (!first) return null;
  const rivals = claiming.slice(1).filter((other) => other.reachable === true);
  if (rivals.length > 0 && first.reachable === true) {
    const names = [first, ...rivals].map((server) => server.name).join(' and ');
    return {
      instance: first,
      caution: `${names} both accept writes. Stop the one that applications should not use, then rebuild it as a standby.`,
    };
  }
  if (first.reachable !== true) {
    return {
      instance: first,
      caution: `${first.name} was the primary when it last answered, and does not answer now. Promote a standby or bring it back.`,
    };
  }
  return { instance: first, caution: null };
}
