import { main } from '@/lib/http/serve';

// The start of the bundle dist/web.mjs; serve.ts itself does nothing when it is imported.
const code = await main();
if (code !== undefined) process.exit(code);
