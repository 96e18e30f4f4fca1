import { z } from 'zod';
import { roleSchema } from '@/lib/contract/people';

export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  ownerId: z.string(),
  ownerName: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  state: z.enum(['valid', 'expired', 'revoked']),
});
export type Token = z.infer<typeof tokenSchema>;

export const tokensSchema = z.object({ tokens: z.array(tokenSchema) });

export const createTokenBody = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'Give a name: what the token is for.')
    .max(80, 'At most 80 characters.')
    .regex(/^\P{Cc}*$/u, 'A name is one line of text.'),
  role: roleSchema,
  /** Null: it stays valid until it is revoked. */
  expiresInDays: z.number().int().min(1, 'At least one day.').max(730, 'At most two years.').nullable(),
});
export type CreateToken = z.infer<typeof createTokenBody>;

/** The token's text is shown this once: only its hash is stored. */
export const createdTokenSchema = z.object({ id: z.string(), token: z.string() });

export const revokedSchema = z.object({ revoked: z.boolean() });
