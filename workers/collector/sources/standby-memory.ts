import type { EarlierReading, PrimaryReading, StandbyReading } from '@/lib/engine/standby-readings';

/** An earlier reading is compared with when it is this old: two readings at once prove no standstill. */
const earlierAfterSeconds = 5;
/** More positions are never kept: beyond it every second one goes. */
const positionsAtMost = 2_000;

/** What a standby's ticks remember of each other while the lease lasts. Seconds are of a clock that never goes back. */
export class StandbyMemory {
  private readings: (EarlierReading & { at: number })[] = [];
  /** Where the primary stood when, on its own clock; oldest first. */
  private positions: { position: number; epoch: number }[] = [];
  private timeline: number | undefined;
  private moved: { replayed: number | null; at: number } | undefined;

  /** The newest earlier reading that is old enough to be compared with. */
  earlier(now: number): EarlierReading | undefined {
    return this.readings.findLast(({ at }) => now - at >= earlierAfterSeconds);
  }

  /** Seconds since replay was last seen to move; null at the first look. */
  stillSeconds(standby: StandbyReading, now: number): number | null {
    if (!this.moved) return null;
    return this.moved.replayed === standby.replayed ? now - this.moved.at : 0;
  }

  /** How long ago the primary stood where replay is now, at most; null when that was before the first look. */
  writtenSecondsAgo(standby: StandbyReading, primary: PrimaryReading): number | null {
    if (primary.timeline !== this.timeline) return null;
    const reached = this.positions.findLast(({ position }) => position <= (standby.replayed ?? -1));
    return reached ? Math.max(0, primary.epoch + primary.agoSeconds - reached.epoch) : null;
  }

  /** Takes a tick in; called once it is stored. */
  remember(standby: StandbyReading, primary: PrimaryReading | undefined, now: number): void {
    if (this.moved?.replayed !== standby.replayed || !this.moved) {
      this.moved = { replayed: standby.replayed, at: now };
    }
    if (!primary) {
      this.readings = [];
      return;
    }
    if (primary.timeline !== this.timeline) this.positions = [];
    this.timeline = primary.timeline;
    const { received, replayed } = standby;
    this.readings.push({ received, replayed, primaryPosition: primary.position, at: now });
    // Of those that are old enough only the newest is ever asked for.
    const first = this.readings.findLastIndex(({ at }) => now - at >= earlierAfterSeconds);
    if (first > 0) this.readings = this.readings.slice(first);
    this.positions.push({ position: primary.position, epoch: primary.epoch });
    const passed = this.positions.findLastIndex(({ position }) => position <= (replayed ?? -1));
    if (passed > 0) this.positions = this.positions.slice(passed);
    if (this.positions.length > positionsAtMost) {
      this.positions = this.positions.filter((_, index) => index % 2 === 0);
    }
  }
}
