import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = path.join(here, '..', '..');
const folders = { check: 'checks', job: 'jobs', criterion: 'criteria' };

it.each(Object.entries(folders))(
  'what `npm run new %s` writes finds all that it imports',
  async (kind, folder) => {
    const scratch = mkdtempSync(path.join(root, 'node_modules', '.plumbline-new-'));
    try {
      for (const end of ['.ts', '.test.ts']) {
        const text = readFileSync(path.join(here, 'templates', `${kind}${end}.txt`), 'utf8')
          .replaceAll('NAME', 'brand-new')
          .replaceAll('TITLE', 'Brand new')
          .replaceAll('IDENTIFIER', 'brandNew')
          .replaceAll(`@/lib/${folder}/brand-new`, './brand-new');
        writeFileSync(path.join(scratch, `brand-new${end}`), text);
      }
      const { errors, warnings } = await build({
        entryPoints: [path.join(scratch, 'brand-new.test.ts')],
        bundle: true,
        write: false,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        alias: { '@': root },
        logLevel: 'silent',
      });
      expect([...errors, ...warnings].map(({ text }) => text)).toEqual([]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  },
);
