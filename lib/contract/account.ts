import { z } from 'zod';
import { roleSchema } from '@/lib/contract/people';

export const sessionSchema = z.object({
  id: z.string(),
  createdAt: z.string(),
  lastSeenAt: z.string(),
  expiresAt: z.string(),
  userAgent: z.string(),
  /** The one that asks. */
  current: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

/** Who asks, as the rows say now, with their live sessions. */
export const accountSchema = z.object({
  kind: z.enum(['user', 'token', 'start']),
  id: z.string().nullable(),
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  mustChangePassword: z.boolean(),
  sessions: z.array(sessionSchema),
});
export type Account = z.infer<typeof accountSchema>;

export const shortestPassword = 12;

export const changePasswordBody = z.strictObject({
  currentPassword: z.string().min(1, 'Give the password that you signed in with.').max(1000),
  newPassword: z
    .string()
    .min(
      shortestPassword,
      `At least ${shortestPassword} characters: a few words in a row are easiest to keep.`,
    )
    .max(200, 'At most 200 characters.'),
});
export type ChangePassword = z.infer<typeof changePasswordBody>;

export const endedSessionsSchema = z.object({ endedSessions: z.number() });
