import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { cleanUpFetch, type FetchContext, fetchUpload, publishFetched } from '@/lib/procedures/upload-fetch';
import { planFetch } from '@/lib/procedures/upload-plan';

export default defineJob({
  title: 'Bring a dump back from a storage',
  summary:
    'Downloads and decrypts a dump whose own files are gone, compares it with its manifest, and puts it back into the repository, ready for a drill or a restore.',
  version: 1,
  risk: 'low',
  permission: 'backup',
  as: 'watch',
  runsOn: 'any',
  needsServer: false,
  locks: (input) => [`fetch:${input.backupId}`],
  input: z.object({
    backupId: z.uuid().meta({ title: 'Dump' }),
    storageId: z
      .uuid()
      .optional()
      .meta({ title: 'Storage', description: 'The first that has it when none is chosen.' }),
  }),
  choices: { backupId: { from: 'uploads' }, storageId: { from: 'storages' } },
  plan: planFetch,
  steps: [
    {
      name: 'fetch',
      title: 'Download, decrypt and compare',
      safety: 'idempotent',
      run: (ctx: FetchContext) => fetchUpload(ctx),
      cleanUp: cleanUpFetch,
    },
    {
      name: 'publish',
      title: 'Give it its final name',
      safety: 'idempotent',
      run: (ctx: FetchContext) => publishFetched(ctx),
      cleanUp: cleanUpFetch,
    },
  ],
  undo: { none: 'A dump that is back is an ordinary one, and goes when it expires.' },
  shows: 'fetch',
});
