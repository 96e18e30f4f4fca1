import type { AlertLine, ChannelMessage } from '@/lib/contract/alerts';

/** Names come from watched servers: no line of theirs may begin another, in a header or in a text. */
export function oneLine(text: string, most = 500): string {
  const plain = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}

function escaped(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[mark] ?? mark,
  );
}

const phaseWords = { opened: '', raised: 'now critical', resolved: 'resolved' } as const;

function wordOf(line: AlertLine): string {
  const level = line.level === 'crit' ? 'critical' : 'warning';
  return (phaseWords[line.phase] || level).toUpperCase();
}

function utc(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}

/** A message as plain text, for mail readers of every kind. */
export function messageText(message: ChannelMessage): string {
  const parts = message.lines.map((line) => {
    const where = line.cluster === null ? '' : ` on ${oneLine(line.cluster)}`;
    const rows = [`${wordOf(line)}: ${oneLine(line.title)}${where}`, `  ${oneLine(line.sentence, 2000)}`];
    if (line.next && line.phase !== 'resolved') rows.push(`  Next: ${oneLine(line.next, 2000)}`);
    rows.push(`  Since ${utc(line.openedAt)}${line.closedAt ? `, until ${utc(line.closedAt)}` : ''}`);
    rows.push(`  ${line.url}`);
    return rows.join('\n');
  });
  if (message.lines.length === 0) parts.push(oneLine(message.title));
  if (message.more > 0) parts.push(`And ${message.more} more: ${message.consoleUrl}/alerts`);
  return `${parts.join('\n\n')}\n\n--\nPlumbline, ${message.consoleUrl}\n`;
}

/** The same as HTML of the simplest kind: every text escaped, no image, no script, no address but the console's. */
export function messageHtml(message: ChannelMessage): string {
  const items = message.lines.map((line) => {
    const where = line.cluster === null ? '' : ` on ${escaped(oneLine(line.cluster))}`;
    const next =
      line.next && line.phase !== 'resolved' ? `<br>Next: ${escaped(oneLine(line.next, 2000))}` : '';
    const until = line.closedAt ? `, until ${utc(line.closedAt)}` : '';
    return `<p><strong>${wordOf(line)}: ${escaped(oneLine(line.title))}${where}</strong><br>${escaped(oneLine(line.sentence, 2000))}${next}<br>Since ${utc(line.openedAt)}${until}<br><a href="${escaped(line.url)}">${escaped(line.url)}</a></p>`;
  });
  if (message.lines.length === 0) items.push(`<p>${escaped(oneLine(message.title))}</p>`);
  const all = `${message.consoleUrl}/alerts`;
  if (message.more > 0)
    items.push(`<p>And ${message.more} more: <a href="${escaped(all)}">${escaped(all)}</a></p>`);
  const address = escaped(message.consoleUrl);
  return `<!doctype html><html><body>${items.join('')}<hr><p><a href="${address}">Plumbline</a></p></body></html>`;
}
