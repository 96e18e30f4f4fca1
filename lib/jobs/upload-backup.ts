import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { checkBeforeUpload, sendUpload, type UploadContext, verifyUpload } from '@/lib/procedures/upload';
import { planUpload } from '@/lib/procedures/upload-plan';

export default defineJob({
  title: 'Send a dump to a storage',
  summary:
    'Encrypts a dump on the worker, sends it to an S3 storage part by part, and reads it back whole before it counts.',
  version: 1,
  risk: 'low',
  permission: 'backup',
  as: 'watch',
  runsOn: 'any',
  needsServer: false,
  locks: (_input, target) => [`upload:${target.clusterId}`],
  input: z.object({
    backupId: z.uuid().optional().meta({ title: 'Dump', description: 'The newest one when none is chosen.' }),
    database: z.string().min(1).max(63).optional().meta({
      title: 'Database',
      description: 'Whose newest dump to send when none is chosen.',
    }),
    storageId: z.uuid().optional().meta({ title: 'Storage', description: 'The only one when there is one.' }),
    partMib: z.int().min(5).max(256).default(16).meta({
      title: 'Part size in MiB',
      description: 'What has arrived is not sent again after a break. S3 takes 5 MiB and more.',
    }),
  }),
  choices: {
    backupId: { from: 'backups' },
    database: { from: 'databases' },
    storageId: { from: 'storages' },
  },
  plan: planUpload,
  steps: [
    {
      name: 'check',
      title: 'Compare every file with its checksum',
      safety: 'pure',
      run: (ctx: UploadContext) => checkBeforeUpload(ctx),
    },
    {
      name: 'send',
      title: 'Encrypt and send what has not arrived yet',
      safety: 'idempotent',
      run: (ctx: UploadContext) => sendUpload(ctx),
    },
    {
      name: 'verify',
      title: 'Read it back whole',
      safety: 'idempotent',
      run: (ctx: UploadContext) => verifyUpload(ctx),
    },
  ],
  undo: { none: 'An uploaded copy is removed together with its backup when that expires.' },
  schedulable: true,
  shows: 'upload',
});
