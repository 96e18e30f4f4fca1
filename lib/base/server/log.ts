import pino from 'pino';

/** The process's log: JSON lines on standard output. Paths that could hold a secret are censored by name. */
export const log = pino({
  level: process.env.LOG_LEVEL ?? 'info',
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: {
    paths: [
      'password',
      '*.password',
      'secret',
      '*.secret',
      'token',
      '*.token',
      'url',
      '*.url',
      'sealed',
      '*.sealed',
    ],
    censor: '<redacted>',
  },
});

export type Log = typeof log;
