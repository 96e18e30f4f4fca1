import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));

/**
 * Tests build into a folder of their own (PLUMBLINE_DIST_DIR), so that they never disturb a console that runs from
 * the same clone. Security headers with a nonce per request come from proxy.ts.
 * @type {import('next').NextConfig}
 */
const config = {
  distDir: process.env.PLUMBLINE_DIST_DIR ?? '.next',
  poweredByHeader: false,
  reactStrictMode: true,
  typedRoutes: false,
  devIndicators: false,
  outputFileTracingRoot: root,
  turbopack: { root },
  // `npm run types` checks the types, once for everything; a start need not wait for it.
  typescript: { ignoreBuildErrors: true },
  // Native addons and the driver of our own database are loaded by node, not bundled.
  serverExternalPackages: ['pg', '@node-rs/argon2', 'libsodium-wrappers', 'pino'],
};

export default config;
