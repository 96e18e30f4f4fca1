'use client';

import { onlineManager, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { z } from 'zod';
import { LiveContext, type LiveState } from '@/components/data/live';

const hintSchema = z.object({ topic: z.string(), id: z.string() });

/** Hints that come within this time are one look at the API. */
const gatherMs = 150;

/**
 * Turns hints into new reads: queries that named the topic in `meta.topics`. A query that is on its way when its
 * hint comes is asked again after it, because its answer may be older than the hint.
 */
function createInvalidator(client: QueryClient) {
  const again = new Set<string>();
  let topics = new Set<string>();
  let everything = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopWatching = client.getQueryCache().subscribe(({ query }) => {
    if (query.state.fetchStatus !== 'idle' || !again.delete(query.queryHash)) return;
    void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
  });
  const flush = () => {
    timer = undefined;
    const wanted = topics;
    const all = everything;
    topics = new Set();
    everything = false;
    void client.invalidateQueries(
      {
        predicate: (query) => {
          const own = query.meta?.topics;
          const matches = all || (Array.isArray(own) && own.some((topic) => wanted.has(topic)));
          if (!matches || query.state.fetchStatus === 'idle') return matches;
          again.add(query.queryHash);
          return false;
        },
      },
      { cancelRefetch: false },
    );
  };
  const soon = () => {
    timer ??= setTimeout(flush, gatherMs);
  };
  return {
    hint(topic: string, id: string) {
      topics.add(topic).add(`${topic}:${id}`);
      soon();
    },
    resync() {
      everything = true;
      soon();
    },
    stop() {
      clearTimeout(timer);
      stopWatching();
    },
  };
}

/** Keeps one event stream while the tab is visible and asks at all, and tells the page how alive it is. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');

  useEffect(() => {
    const invalidator = createInvalidator(client);
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;

    const disconnect = () => {
      clearTimeout(retry);
      source?.close();
      source = undefined;
    };
    const connect = () => {
      disconnect();
      const stream = new EventSource('/api/stream');
      source = stream;
      stream.addEventListener('hello', () => {
        failures = 0;
        setState('live');
      });
      // Also sent first of all: what happened while nobody listened is read now.
      stream.addEventListener('resync', invalidator.resync);
      stream.addEventListener('signed-out', () => window.location.reload());
      stream.onmessage = (event: MessageEvent<string>) => {
        const hint = hintSchema.safeParse(JSON.parse(event.data));
        if (hint.success) invalidator.hint(hint.data.topic, hint.data.id);
      };
      stream.onerror = () => {
        failures += 1;
        setState(failures > 2 ? 'offline' : 'connecting');
        // The browser's own retry ends at an answer that is no stream; ours goes on, slower and not in step.
        disconnect();
        retry = setTimeout(connect, Math.min(20_000, 500 * 2 ** failures) * (0.7 + Math.random() * 0.6));
      };
    };
    const onVisibility = () => {
      if (document.visibilityState === 'visible' && onlineManager.isOnline()) connect();
      else {
        disconnect();
        setState('connecting');
      }
    };
    document.addEventListener('visibilitychange', onVisibility);
    const stopAsking = onlineManager.subscribe(onVisibility);
    onVisibility();
    return () => {
      stopAsking();
      document.removeEventListener('visibilitychange', onVisibility);
      disconnect();
      invalidator.stop();
    };
  }, [client]);

  return <LiveContext value={state}>{children}</LiveContext>;
}
