'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiError } from '@/components/data/api';
import { ToastProvider } from '@/components/ui/toast';
import { TooltipProvider } from '@/components/ui/tooltip';

function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        refetchOnWindowFocus: true,
        // An answer with a reason will not change by asking again; only silence is worth a second try.
        retry: (count, error) => error instanceof ApiError && error.status === 0 && count < 2,
      },
      mutations: { retry: false },
    },
  });
}

/** What every page stands on: the query cache, tooltips and toasts. */
export function Provider({ children, nonce }: { children: ReactNode; nonce?: string }) {
  const [client] = useState(makeClient);
  // Dialogs lock scrolling by a style element; its library takes the nonce of the page's policy from this global.
  if (nonce && typeof window !== 'undefined') Object.assign(window, { __webpack_nonce__: nonce });
  return (
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <ToastProvider>{children}</ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>
  );
}
