import { PlumblineError } from '@/lib/base/errors';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isMutating(method: string): boolean {
  return !safeMethods.has(method.toUpperCase());
}

function refuse(detail: string): never {
  throw new PlumblineError('not-allowed', 'This request came from another site.', {
    next: 'Open the console in a tab of its own and do it there; programs use an API token.',
    detail,
  });
}

/**
 * Refuses a request that rides on somebody's cookie from another site. Browsers set Sec-Fetch-Site and Origin
 * themselves, pages cannot (Fetch Metadata; RFC 6454). A mutating request must prove that it is ours; a reading one
 * only must not say that it is foreign.
 *
 * @param consoleUrl the public address of the console (NEXTAUTH_URL).
 * @throws PlumblineError `not-allowed`.
 */
export function assertSameOrigin(request: Request, consoleUrl: string): void {
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  if (origin !== null && !isOurOrigin(origin, request, consoleUrl)) refuse(`origin ${origin}`);
  if (!isMutating(request.method)) return;
  if (site !== null && site !== 'same-origin') refuse(`sec-fetch-site ${site}`);
  if (site === null && origin === null) refuse('neither origin nor sec-fetch-site');
}

// The Host of a request is set by the browser too: the console may be reached by more than one of its names.
function isOurOrigin(origin: string, request: Request, consoleUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  const own = new URL(consoleUrl);
  return protocol === own.protocol && (host === own.host || host === request.headers.get('host'));
}
