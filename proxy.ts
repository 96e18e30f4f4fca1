import { type NextRequest, NextResponse } from 'next/server';
import { sessionCookieName } from '@/lib/auth/cookies';
import { securityHeaders } from '@/lib/http/security-headers';

// What people see before they have signed in; everything else of the pages goes to /signin.
const openPages = /^\/signin\/?$/;

/**
 * Before every page and API call: security headers, with a fresh nonce for the scripts of a page, and the way to the
 * sign-in page for people without a cookie. This is a courtesy, not the lock: each route checks the session itself.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const consoleUrl = process.env.NEXTAUTH_URL ?? 'http://localhost';
  const isApi = pathname.startsWith('/api/');
  const nonce = crypto.randomUUID().replaceAll('-', '');
  const headers = securityHeaders({ nonce, consoleUrl, development: process.env.NODE_ENV === 'development' });

  if (!isApi && !openPages.test(pathname) && !request.cookies.has(sessionCookieName(consoleUrl))) {
    const target = new URL('/signin', request.url);
    if (pathname !== '/') target.searchParams.set('callbackUrl', pathname + search);
    return withHeaders(NextResponse.redirect(target), headers);
  }
  const inner = new Headers(request.headers);
  // Next takes the nonce for its own scripts out of the policy of the request (Next.js: Content Security Policy).
  inner.set('content-security-policy', headers['content-security-policy'] ?? '');
  inner.set('x-nonce', nonce);
  inner.set('x-plumbline-path', pathname + search);
  return withHeaders(NextResponse.next({ request: { headers: inner } }), headers);
}

function withHeaders(response: NextResponse, headers: Record<string, string>): NextResponse {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

export const config = {
  // Everything but Next's own immutable files and the icon.
  matcher: ['/((?!_next/static|_next/image|favicon.ico|icon.svg).*)'],
};
