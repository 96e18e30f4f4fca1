import { z } from 'zod';

/** pgBackRest takes more; these stand unquoted in a line that the server’s shell reads. */
const stanzaName = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][\w-]{0,62}$/, 'Letters, digits, - and _.');
const hostPath = z
  .string()
  .trim()
  .max(200)
  .regex(/^(?!.*\/\.\.?(\/|$))\/[\w./-]*\w$/, 'An absolute path without blanks, like /var/lib/pgbackrest.');

/** Where backups go: a folder on the server’s own host, or a storage. */
export const newRepositorySchema = z
  .object({
    storageId: z.uuid().nullable().default(null),
    /** On the host; below the bucket’s prefix it is chosen. */
    path: hostPath.nullable().default(null),
    /** AES-256 by a pass that is shown once. */
    isEncrypted: z.boolean().default(true),
  })
  .strict()
  .refine((given) => (given.storageId === null) !== (given.path === null), {
    message: 'Give either a path on the host or a storage.',
    path: ['path'],
  });

/** `POST /api/v1/clusters/:id/stanza` */
export const newStanzaSchema = z.discriminatedUnion('how', [
  z
    .object({
      how: z.literal('configure'),
      name: stanzaName,
      repositories: z.array(newRepositorySchema).min(1, 'At least one is needed.').max(4),
    })
    .strict(),
  z.object({ how: z.literal('adopt'), name: stanzaName, configPath: hostPath }).strict(),
]);
export type NewStanza = z.input<typeof newStanzaSchema>;

/** The one time that a pass is shown: without it nothing in the repository can be read again. */
export const stanzaMadeSchema = z.object({
  id: z.string(),
  passes: z.array(z.object({ ordinal: z.number(), pass: z.string() })),
});
export type StanzaMade = z.infer<typeof stanzaMadeSchema>;

const escrowTrialSchema = z.object({
  at: z.string(),
  by: z.string(),
  runId: z.uuid().nullable(),
  evidenceId: z.uuid().nullable(),
});

/** What is known of the copy that people keep of a repository’s pass; null where there is no pass. */
export const repositoryEscrowSchema = z
  .object({
    /** The last drill that brought a server up with the typed copy alone. */
    proven: escrowTrialSchema.nullable(),
    /** That is so long ago that it proves nothing of today. */
    isStale: z.boolean(),
    /** A later try in which the copy opened nothing. */
    refused: escrowTrialSchema.nullable(),
    /** The kind of job that proves it. */
    kind: z.string().nullable(),
  })
  .nullable();
export type RepositoryEscrow = z.infer<typeof repositoryEscrowSchema>;

export const stanzaSetupSchema = z.object({
  cluster: z.object({ id: z.string(), name: z.string(), environment: z.string() }),
  stanza: z
    .object({
      id: z.string(),
      name: z.string(),
      state: z.enum(['draft', 'active']),
      /** False for an adopted one: retention and schedules are its owner’s. */
      isManaged: z.boolean(),
      configPath: z.string().nullable(),
      workerName: z.string().nullable(),
      dataDirectory: z.string().nullable(),
      instanceName: z.string().nullable(),
      repositories: z.array(
        z.object({
          ordinal: z.number(),
          path: z.string(),
          storageName: z.string().nullable(),
          isEncrypted: z.boolean(),
          escrow: repositoryEscrowSchema,
          /** Of an adopted one: what its owner’s retention says. */
          retention: z.record(z.string(), z.string()),
        }),
      ),
      /** Lines of the host’s schedules that name pgBackRest. */
      schedules: z.array(z.object({ file: z.string(), line: z.string() })),
    })
    .nullable(),
  /** The worker that was proven to run beside the primary; null when none was. */
  workerBeside: z.string().nullable(),
  /** Kinds of the catalogue for each act; null where it has none. */
  kinds: z.object({
    setUp: z.string().nullable(),
    adopt: z.string().nullable(),
    takeOver: z.string().nullable(),
    backup: z.string().nullable(),
  }),
  physicalBackups: z.number(),
});
export type StanzaSetup = z.infer<typeof stanzaSetupSchema>;
