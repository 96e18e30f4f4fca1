import { z } from 'zod';
import { newInstanceSchema, singleLine } from '@/lib/contract/instances';

function isEndpoint(text: string): boolean {
  try {
    const url = new URL(text);
    const isBare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
    return (url.protocol === 'https:' || url.protocol === 'http:') && isBare;
  } catch {
    return false;
  }
}

const shape = {
  name: singleLine('The name', 100),
  /** Scheme, host and port: `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: z
    .string()
    .trim()
    .max(300)
    .refine(isEndpoint, 'Give https://host or https://host:port, with nothing after it.'),
  region: z
    .string()
    .trim()
    .regex(/^[a-z0-9-]{1,63}$/i, 'Letters, digits and hyphens, like eu-central-1.'),
  /** Bucket naming rules (Amazon S3 User Guide). */
  bucket: z
    .string()
    .trim()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, '3 to 63 small letters, digits, points and hyphens.'),
  prefix: z
    .string()
    .trim()
    .max(200)
    .regex(/^(?!\/)(?!.*\.\.)(?!.*\/\/)[\w./-]*(?<!\/)$/, 'Like plumbline/shop, without / at its ends.'),
  uriStyle: z.enum(['host', 'path']),
  verifyTls: z.boolean(),
  tlsCa: newInstanceSchema.shape.tlsCa.unwrap(),
};
const key = z
  .string()
  .min(1, 'It is needed.')
  .max(500)
  .regex(/^[\x21-\x7e]+$/, 'Visible characters without blanks only.');

/** `POST /api/v1/storages`: keys are sealed for the workers and never shown again. */
export const newStorageSchema = z
  .object({
    ...shape,
    prefix: shape.prefix.default(''),
    uriStyle: shape.uriStyle.default('host'),
    verifyTls: shape.verifyTls.default(true),
    tlsCa: shape.tlsCa.default(null),
    accessKey: key,
    secretKey: key,
  })
  .strict();
export type NewStorage = z.input<typeof newStorageSchema>;

/** `PATCH /api/v1/storages/:id`: keys are entered again wherever it says a new place. */
export const changeStorageSchema = z
  .object({ ...shape, accessKey: key, secretKey: key })
  .partial()
  .strict();
export type ChangeStorage = z.infer<typeof changeStorageSchema>;

export const storageTestSchema = z.object({
  id: z.string(),
  state: z.enum(['requested', 'running', 'done']),
  ok: z.boolean().nullable(),
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
  steps: z.array(
    z.object({
      title: z.string(),
      state: z.enum(['ok', 'failed', 'skipped']),
      sentence: z.string(),
      next: z.string().nullable(),
    }),
  ),
});
export type StorageTest = z.infer<typeof storageTestSchema>;

export const storageSchema = z.object({
  id: z.string(),
  name: z.string(),
  endpoint: z.string(),
  region: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  uriStyle: z.enum(['host', 'path']),
  verifyTls: z.boolean(),
  tlsCa: z.string().nullable(),
  hasKeys: z.boolean(),
  createdAt: z.string(),
  createdByName: z.string(),
  /** What keeps it from being removed, as phrases. */
  usedBy: z.array(z.string()),
  uploads: z.object({ ready: z.number(), bytes: z.number() }),
  latestTest: storageTestSchema.nullable(),
});
export type StorageView = z.infer<typeof storageSchema>;
export const storagesSchema = z.object({ items: z.array(storageSchema) });

export const storageMadeSchema = z.object({ id: z.string(), testId: z.string() });

export const dumpKeySchema = z.object({
  id: z.string(),
  keyId: z.string(),
  createdAt: z.string(),
  createdByName: z.string(),
  retiredAt: z.string().nullable(),
  uploads: z.number(),
  escrow: z
    .object({
      provenAt: z.string(),
      by: z.string(),
      objectKey: z.string(),
      storage: z.string(),
      /** The drill that restored it with the typed copy; null where only its beginning was opened. */
      runId: z.string().nullable(),
      /** That is so long ago that it proves nothing of today. */
      isStale: z.boolean(),
    })
    .nullable(),
  latestCheck: storageTestSchema.nullable(),
  /** The form of the job that restores an uploaded dump of it with the kept copy; null while none can be. */
  drillHref: z.string().nullable(),
});
export type DumpKeyView = z.infer<typeof dumpKeySchema>;
export const dumpKeysSchema = z.object({ items: z.array(dumpKeySchema) });

/** The one time that a key is shown. */
export const dumpKeyMadeSchema = z.object({ id: z.string(), keyId: z.string(), copy: z.string() });
export const escrowSchema = z.object({ copy: z.string().trim().min(10).max(300) }).strict();
export const testAskedSchema = z.object({ testId: z.string() });
