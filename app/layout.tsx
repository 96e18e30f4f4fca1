import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { Provider } from '@/components/data/provider';
import { themeScript } from '@/components/shell/theme-script';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Plumbline', template: '%s · Plumbline' },
  description: 'PostgreSQL in production: see, decide, act, prove.',
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

/** The nonce of proxy.ts is only known per request, so every page is rendered per request. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        <script nonce={nonce} suppressHydrationWarning>
          {themeScript}
        </script>
      </head>
      <body>
        <Provider nonce={nonce}>{children}</Provider>
      </body>
    </html>
  );
}
