import { assertAllowed } from '@/lib/auth/actor';
import { authenticate } from '@/lib/auth/authenticate';
import { eventStreamResponse } from '@/lib/http/event-stream';
import { route } from '@/lib/http/route';
import { webEventHub } from '@/lib/http/web-event-hub';
import { webEnv } from '@/lib/http/web-store';

/** `GET /api/stream`: hints of what has changed, as server-sent events. Data is read through /api/v1. */
export const GET = route({
  permission: 'read',
  keepsSessionAlive: false,
  run: async ({ db, request }) =>
    eventStreamResponse({
      hub: webEventHub(),
      signal: request.signal,
      reauthorise: async () => {
        const env = webEnv();
        const options = { secret: env.NEXTAUTH_SECRET, consoleUrl: env.NEXTAUTH_URL, touch: false };
        assertAllowed(await authenticate(db, request, options), 'read');
      },
    }),
});
