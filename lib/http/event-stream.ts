import { type EventHub, resyncEvent } from '@/lib/http/event-hub';

export interface EventStreamOptions {
  hub: EventHub;
  /** Throws when this reader may no longer listen (signed out, disabled). */
  reauthorise: () => Promise<void>;
  signal: AbortSignal;
  heartbeatMs?: number;
  reauthoriseMs?: number;
  /** Parts that may wait for a slow reader; what comes beyond is dropped and it is told to resync. */
  queueLimit?: number;
}

/**
 * The answer of an event stream: first bytes at once (headers wait for them), a comment as heartbeat, and an end
 * as soon as the reader's right has ended. A reader that does not keep up loses hints, never memory of ours.
 */
export function eventStreamResponse(options: EventStreamOptions): Response {
  const { hub, reauthorise, signal, heartbeatMs = 15_000, reauthoriseMs = 30_000, queueLimit = 64 } = options;
  const encoder = new TextEncoder();
  let close = () => {};
  let behind = false;
  let put: (text: string) => void = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true;
        put = (text) => {
          if (!open || text === '') return;
          if ((controller.desiredSize ?? 0) <= 0) behind = true;
          else controller.enqueue(encoder.encode(text));
        };
        put('retry: 2000\n\nevent: hello\ndata: {}\n\n');
        const unsubscribe = hub.subscribe(put);
        const heartbeat = setInterval(() => put(': alive\n\n'), heartbeatMs);
        const check = setInterval(() => {
          reauthorise().catch(() => {
            put('event: signed-out\ndata: {}\n\n');
            close();
          });
        }, reauthoriseMs);
        close = () => {
          if (!open) return;
          open = false;
          clearInterval(heartbeat);
          clearInterval(check);
          unsubscribe();
          signal.removeEventListener('abort', close);
          try {
            controller.close();
          } catch {
            // The reader has gone first: there is nothing left to close.
          }
        };
        signal.addEventListener('abort', close);
        if (signal.aborted) close();
      },
      pull() {
        if (!behind) return;
        behind = false;
        put(resyncEvent);
      },
      cancel: () => close(),
    },
    { highWaterMark: queueLimit },
  );
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // nginx holds answers back unless told not to.
      'x-accel-buffering': 'no',
    },
  });
}
