/**
 * The calendar periods of a zone that have an item, newest first, at most `amount`, each with its newest item.
 * `items` are newest first; `name` says the period as people read it (`2026-11-21`, `2026-11`, `2026`, the Monday of a
 * week). Days are those of the zone: a dump at 23:30 belongs to that evening, wherever the console runs.
 */
export function periodsOf<T extends { finishedAt: string }>(
  items: readonly T[],
  period: 'day' | 'week' | 'month' | 'year',
  zone: string,
  amount: number,
): { name: string; item: T }[] {
  const format = formatOf(zone);
  const found = new Map<string, T>();
  for (const item of items) {
    const name = nameOf(format.format(new Date(item.finishedAt)), period);
    if (found.has(name)) continue;
    if (found.size >= amount) break;
    found.set(name, item);
  }
  return [...found].map(([name, item]) => ({ name, item }));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** en-CA writes dates as ISO 8601 does. Making one takes a hundred times as long as using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const made =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, made);
  return made;
}

function nameOf(date: string, period: 'day' | 'week' | 'month' | 'year'): string {
  if (period === 'year') return date.slice(0, 4);
  if (period === 'month') return date.slice(0, 7);
  if (period === 'day') return date;
  const day = new Date(`${date}T00:00:00Z`);
  // ISO 8601: a week begins on Monday.
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}
