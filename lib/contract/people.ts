import { z } from 'zod';
import { roleNames } from '@/lib/engine/roles';

export const roleSchema = z.enum(roleNames);

/** A name on one line: it stands in audit entries and logs. */
const personName = z
  .string()
  .trim()
  .min(1, 'Give a name.')
  .max(80, 'At most 80 characters.')
  .regex(/^\P{Cc}*$/u, 'A name is one line of text.');

export const personSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: roleSchema,
  mustChangePassword: z.boolean(),
  disabledAt: z.string().nullable(),
  createdAt: z.string(),
  lastSeenAt: z.string().nullable(),
  openSessions: z.number(),
  openTokens: z.number(),
});
export type Person = z.infer<typeof personSchema>;

export const peopleSchema = z.object({ people: z.array(personSchema) });

export const addPersonBody = z.strictObject({
  email: z.email('Give an e-mail address, as name@example.org.').max(254).toLowerCase(),
  name: personName,
  role: roleSchema,
});
export type AddPerson = z.infer<typeof addPersonBody>;

/** The password is shown this once; its person must change it at the first sign-in. */
export const oneTimePasswordSchema = z.object({
  id: z.string(),
  email: z.string(),
  oneTimePassword: z.string(),
});
export type OneTimePassword = z.infer<typeof oneTimePasswordSchema>;

export const changePersonBody = z
  .strictObject({
    name: personName.optional(),
    role: roleSchema.optional(),
    disabled: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'Give at least one of name, role, disabled.');
export type ChangePerson = z.infer<typeof changePersonBody>;
