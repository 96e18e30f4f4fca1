/** One major version as the project publishes it (https://www.postgresql.org/support/versioning/). */
export interface MajorRelease {
  major: number;
  /** The newest minor that this table knows, and the day from which on that is known. */
  newestMinor: number;
  asOf: string;
  /** The day of its last minor release; after it nothing is mended any more. */
  supportedUntil: string;
}

/**
 * The majors that this table knows. It ages: a minor that came after `asOf` is not in it, so “not behind” means “not
 * behind as of that day”, while “behind” stays true for ever.
 */
export const majorReleases: readonly MajorRelease[] = [
  { major: 14, newestMinor: 23, asOf: '2026-05-14', supportedUntil: '2026-11-12' },
  { major: 15, newestMinor: 20, asOf: '2026-11-21', supportedUntil: '2027-11-11' },
  { major: 16, newestMinor: 15, asOf: '2026-08-13', supportedUntil: '2028-11-09' },
  { major: 17, newestMinor: 11, asOf: '2026-08-13', supportedUntil: '2029-11-08' },
  { major: 18, newestMinor: 6, asOf: '2026-08-13', supportedUntil: '2030-11-14' },
];

export interface Support {
  major: number;
  minor: number;
  /** Null where the table does not know this major. */
  newestMinor: number | null;
  asOf: string | null;
  /** Releases between the running and the newest known minor; 0 when the server is as new or newer. */
  minorsBehind: number | null;
  supportedUntil: string | null;
  /** Seconds until the end of that day, UTC; negative afterwards. */
  supportedSeconds: number | null;
}

/** What the table says of a server. `versionNum` is its server_version_num (150018 for 15.18), `now` in epoch s. */
export function supportOf(versionNum: number, now: number): Support {
  const major = Math.floor(versionNum / 10_000);
  const minor = versionNum % 10_000;
  const known = majorReleases.find((release) => release.major === major);
  if (!known) {
    const nothing = { newestMinor: null, asOf: null, minorsBehind: null };
    return { major, minor, ...nothing, supportedUntil: null, supportedSeconds: null };
  }
  const end = Date.parse(`${known.supportedUntil}T00:00:00Z`) / 1000 + 86_400;
  return {
    major,
    minor,
    newestMinor: known.newestMinor,
    asOf: known.asOf,
    minorsBehind: Math.max(0, known.newestMinor - minor),
    supportedUntil: known.supportedUntil,
    supportedSeconds: end - now,
  };
}
