// __Host- binds the cookie to this very host, https and path / (RFC 6265bis); plain http cannot have it.
function prefix(consoleUrl: string): string {
  return consoleUrl.startsWith('https:') ? '__Host-' : '';
}

/** The name of the cookie that carries the session. @param consoleUrl the public address (NEXTAUTH_URL). */
export function sessionCookieName(consoleUrl: string): string {
  return `${prefix(consoleUrl)}plumbline.session`;
}

/** The name of the cookie that remembers a browser somebody has signed in from. */
export function deviceCookieName(consoleUrl: string): string {
  return `${prefix(consoleUrl)}plumbline.device`;
}

/** One cookie out of a Cookie header, as text; null when it is not there. */
export function readCookie(header: string | null, name: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
