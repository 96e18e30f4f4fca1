import { z } from 'zod';

const bytes = z.number().positive().max(1e18);

/** The size of a machine as people know it: where nothing on it can be asked. */
export const typedHostSchema = z
  .object({
    processors: z.number().int('A whole number.').min(1).max(4096).optional(),
    memoryBytes: bytes.optional(),
    /** Of the disk that holds data and WAL. */
    diskBytes: bytes.optional(),
  })
  .strict();
export type TypedHost = z.infer<typeof typedHostSchema>;

export const exporterUrlSchema = z
  .url({ protocol: /^https?$/, error: 'An http or https address, like http://db1:9100/metrics.' })
  .max(500)
  .refine((text) => {
    const { username, password } = new URL(text);
    return username === '' && password === '';
  }, 'An address with a password in it would be stored in the clear: leave it out.');

export const changeHostSchema = z
  .object({ exporterUrl: exporterUrlSchema.nullable(), typed: typedHostSchema.nullable() })
  .strict();
export type ChangeHost = z.infer<typeof changeHostSchema>;

/** Where facts of the machine come from, in the order in which they are asked. */
export const hostSourceNames = ['worker', 'node_exporter', 'typed in'] as const;

export const hostSchema = z.object({
  exporterUrl: z.string().nullable(),
  typed: typedHostSchema.nullable(),
  /** A worker on the machine itself: when it last looked, or why it may not believe that it is the machine. */
  worker: z
    .object({ name: z.string(), observedAt: z.string().nullable(), refusal: z.string().nullable() })
    .nullable(),
  /** Checks that show the machine, for its page. */
  checks: z.array(z.string()),
  /** From the newest reading; null while it is not known. */
  processors: z.object({ count: z.number(), source: z.string(), observedAt: z.string() }).nullable(),
});
export type HostView = z.infer<typeof hostSchema>;
