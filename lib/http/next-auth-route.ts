import { NextRequest } from 'next/server';
import NextAuth from 'next-auth';
import { nextAuthOptions } from '@/lib/auth/next-auth-options';
import { newId } from '@/lib/base/ids';
import { log } from '@/lib/base/server/log';
import { readBytes } from '@/lib/http/body';
import { errorResponse } from '@/lib/http/errors';
import { assertSameOrigin } from '@/lib/http/origin';
import { webEnv, webStore } from '@/lib/store/web-store';

const maxBodyBytes = 16 * 1024;

/**
 * Hands a request to next-auth after the checks that it does not make itself: a complete environment, a database of our
 * version, a caller of this site, a small body.
 */
export async function nextAuthRoute(
  request: NextRequest,
  context: { params: Promise<{ nextauth: string[] }> },
): Promise<Response> {
  const requestId = newId();
  try {
    const env = webEnv();
    await webStore();
    assertSameOrigin(request, env.NEXTAUTH_URL);
    const body = request.method === 'GET' ? undefined : Buffer.from(await readBytes(request, maxBodyBytes));
    const bounded = new NextRequest(request.url, { method: request.method, headers: request.headers, body });
    const response: Response = await NextAuth(bounded, context, nextAuthOptions());
    response.headers.set('cache-control', 'no-store');
    return response;
  } catch (error) {
    return errorResponse(error, requestId, log);
  }
}
