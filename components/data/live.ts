'use client';

import { createContext, useContext } from 'react';

/** `live`: hints arrive; `connecting`: not yet or again; `offline`: no stream, the page polls. */
export type LiveState = 'live' | 'connecting' | 'offline';

export const LiveContext = createContext<LiveState>('connecting');

export function useLiveState(): LiveState {
  return useContext(LiveContext);
}
