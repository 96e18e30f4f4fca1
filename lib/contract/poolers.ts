import { z } from 'zod';
import {
  hostSchema,
  newInstanceSchema,
  newLoginSchema,
  singleLine,
  tlsModes,
} from '@/lib/contract/instances';

const { port, tlsMode, tlsCa } = newInstanceSchema.shape;

export const newPoolerSchema = z
  .object({
    name: singleLine('The name', 100),
    host: hostSchema,
    port: port.unwrap().default(6432),
    tlsMode: tlsMode.unwrap().default('verify-full'),
    tlsCa: tlsCa.unwrap().default(null),
    user: newLoginSchema.shape.user,
    password: newLoginSchema.shape.password,
    /** It stands before whoever is primary, not before this one server: it is then asked beside the primary. */
    followsPrimary: z.boolean().default(false),
  })
  .strict();
export type NewPooler = z.input<typeof newPoolerSchema>;

export const poolerSchema = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  port: z.number(),
  tlsMode: z.enum(tlsModes),
  user: z.string(),
  followsPrimary: z.boolean(),
  createdAt: z.string(),
});
export type PoolerView = z.infer<typeof poolerSchema>;

export const poolersSchema = z.object({
  items: z.array(poolerSchema),
  /** Checks that show them. */
  checks: z.array(z.string()),
});
