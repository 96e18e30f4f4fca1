import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runToolOrFail } from '@/lib/tools/process';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Before all tests: the generated registry. */
export default async function globalSetup(): Promise<void> {
  const generator = `${root}/lib/registry/generate.mjs`;
  if (existsSync(generator)) {
    await runToolOrFail({ argv: [process.execPath, generator], cwd: root, deadlineMs: 60_000 });
  }
}
