const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (text: string) => text.padStart(2, '0');
const isNumber = (text: string) => /^\d+$/.test(text);
const isPlainList = (text: string) => /^\d+(,\d+)*$/.test(text);

function listed(words: string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function clockWords(minute: string, hour: string): string | undefined {
  if (isNumber(minute) && isPlainList(hour)) {
    return `at ${listed(hour.split(',').map((each) => `${two(each)}:${two(minute)}`))}`;
  }
  const step = /^\*\/(\d+)$/;
  if (minute === '*' && hour === '*') return 'every minute';
  if (step.test(minute) && hour === '*') return `every ${minute.slice(2)} minutes`;
  if (isNumber(minute) && hour === '*') return `every hour at minute ${Number(minute)}`;
  if (isNumber(minute) && step.test(hour)) return `every ${hour.slice(2)} hours at minute ${Number(minute)}`;
  return undefined;
}

function dayWords(dayOfMonth: string, month: string, dayOfWeek: string): string | undefined {
  const inMonths =
    month === '*'
      ? ''
      : isPlainList(month)
        ? ` in ${listed(month.split(',').map((each) => months[Number(each) - 1] ?? each))}`
        : undefined;
  if (inMonths === undefined) return undefined;
  if (dayOfMonth === '*' && dayOfWeek === '*') return inMonths ? `every day${inMonths}` : 'every day';
  if (dayOfMonth === '*') {
    if (dayOfWeek === '1-5') return `from Monday to Friday${inMonths}`;
    if (!isPlainList(dayOfWeek)) return undefined;
    const names = dayOfWeek.split(',').map((each) => days[Number(each) % 7] ?? each);
    return `every ${listed(names)}${inMonths}`;
  }
  if (dayOfWeek === '*' && isPlainList(dayOfMonth)) {
    const which = dayOfMonth.includes(',') ? 'days' : 'day';
    return `on ${which} ${listed(dayOfMonth.split(','))} of ${inMonths ? inMonths.slice(4) : 'every month'}`;
  }
  return undefined;
}

/**
 * The usual cron lines in plain words: `30 2 * * 1-5` → `at 02:30, from Monday to Friday`. Undefined for lines that
 * words would only make longer; their next fire times tell more.
 */
export function cronWords(cron: string): string | undefined {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...rest] = cron.trim().split(/\s+/);
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || rest.length > 0) return undefined;
  const clock = clockWords(minute, hour);
  const day = dayWords(dayOfMonth, month, dayOfWeek);
  if (!clock || !day) return undefined;
  return day === 'every day' && clock.startsWith('every') ? clock : `${clock}, ${day}`;
}

/** What is wrong with a line that is still being typed; the server, which will fire it, judges the rest. */
export function cronProblem(cron: string): string | undefined {
  return cron.trim().split(/\s+/).length === 5
    ? undefined
    : 'needs five fields: minute, hour, day of month, month, day of week';
}
