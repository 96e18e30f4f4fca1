import { expect, test } from 'vitest';
import { backrestArgs, backrestVersion, isAtLeast } from '@/lib/tools/pgbackrest/argv';
import {
  type GeneratedConfig,
  parseConfig,
  renderConfig,
  renderForReview,
  stanzasOf,
} from '@/lib/tools/pgbackrest/config';
import { backrestError, explainExit } from '@/lib/tools/pgbackrest/errors';
import { parseInfo, stanzaProblem } from '@/lib/tools/pgbackrest/info';
import { BackrestOutput, lastError, parseLine } from '@/lib/tools/pgbackrest/log-lines';

const place = { configFile: '/etc/x.conf', stanza: 'main' };
const config: GeneratedConfig = {
  stanza: 'main',
  directory: '/var/lib/ours',
  server: { dataDirectory: '/data', port: 5433, socketDirectory: '/run/pg', user: 'backup' },
  repositories: [
    { ordinal: 1, path: '/repo', cipherPass: 'canary-pass' },
    {
      ordinal: 2,
      path: '/prefix',
      s3: {
        endpoint: 'https://s3.example:9000',
        region: 'eu',
        bucket: 'b',
        uriStyle: 'path',
        verifyTls: false,
        key: 'canary-key',
        keySecret: 'canary-secret',
      },
    },
  ],
};

test('arguments name their file and stanza, say where the log goes, and never hold a secret', () => {
  expect(
    backrestArgs('backup', place, {
      type: 'full',
      'start-fast': true,
      resume: false,
      annotation: ['a=b', 'c=d'],
    }),
  ).toEqual([
    '--config=/etc/x.conf',
    '--stanza=main',
    '--log-level-stderr=off',
    '--log-level-console=detail',
    '--log-level-file=off',
    '--type=full',
    '--start-fast',
    '--no-resume',
    '--annotation=a=b',
    '--annotation=c=d',
    'backup',
  ]);
  for (const name of ['repo1-cipher-pass', 'repo1-s3-key', 'repo1-s3-key-secret', 'repo1-s3-token'])
    expect(() => backrestArgs('info', place, { [name]: 'x' })).toThrow('secret');
  expect(() => backrestArgs('info', place, { set: 'a\nb' })).toThrow('line break');
});

test('versions are compared by number', () => {
  expect(backrestVersion('pgBackRest 2.45\n')).toBe('2.45');
  expect([isAtLeast('2.45', '2.41'), isAtLeast('2.5', '2.41'), isAtLeast('2.55.1', '2.55')]).toEqual([
    true,
    false,
    true,
  ]);
});

test('a generated configuration says all, and the one for review hides each secret', () => {
  const text = renderConfig(config);
  expect(text).toContain('repo1-cipher-pass=canary-pass');
  expect(text).toContain('expire-auto=n');
  expect(renderForReview(config)).not.toContain('canary');
  const [stanza] = stanzasOf(parseConfig(text));
  expect(stanza).toMatchObject({ name: 'main', dataDirectory: '/data', port: 5433, user: 'backup' });
  expect(stanza?.repositories).toMatchObject([
    { ordinal: 1, path: '/repo', type: 'posix', isEncrypted: true },
    { ordinal: 2, path: '/prefix', type: 's3', isEncrypted: false, place: 's3.example/b' },
  ]);
  expect(() => renderConfig({ ...config, stanza: 'main', directory: '/x\n[global]' })).toThrow(
    'configuration file',
  );
});

test('somebody else’s configuration is read: old names, the stanza’s own options first, its retention', () => {
  const found = stanzasOf(
    parseConfig(
      '# ours\n[global]\nrepo-path=/old\nrepo1-retention-full = 2\n\n[global:archive-push]\ncompress-level=3\n[app]\npg1-path=/data\nrepo1-retention-full=4\n',
    ),
  );
  expect(found).toEqual([
    {
      name: 'app',
      dataDirectory: '/data',
      port: null,
      user: null,
      repositories: [
        {
          ordinal: 1,
          path: '/old',
          type: 'posix',
          isEncrypted: false,
          place: null,
          retention: { 'retention-full': '4' },
        },
      ],
    },
  ]);
});

test('F10: with a wrong pass the list is no JSON, exit 0, and is said honestly', () => {
  const garbage = Buffer.concat([
    Buffer.from(
      '[{"backup":[],"db":[],"name":"main","repo":[{"cipher":"aes-256-cbc","key":1,"status":{"code":99,"message":"[CryptoError] unable to load info file \'',
    ),
    Buffer.from([0x01, 0xff, 0x0a, 0x1b]),
    Buffer.from('\'"}}],"status":{"code":99,"message":"other"}}]'),
  ]);
  const parsed = parseInfo(garbage);
  if ('problem' in parsed) throw new Error(parsed.problem);
  const problem = parsed.stanzas[0] && stanzaProblem(parsed.stanzas[0]);
  expect(problem?.message).toBe(
    'Repository 1 cannot be decrypted: the pass is not the one it was made with.',
  );
  expect(parseInfo('no JSON at all')).toEqual({ problem: expect.stringContaining('no JSON') });
});

test('system identifiers keep all their digits', () => {
  const parsed = parseInfo(
    '[{"name":"a","status":{"code":0,"message":"ok"},"db":[{"id":1,"repo-key":1,"system-id":7421234567890123457,"version":"15"}]}]',
  );
  expect(parsed).toMatchObject({ stanzas: [{ db: [{ 'system-id': '7421234567890123457' }] }] });
});

test('lines tell progress, label, page errors and the last error with its hint', () => {
  const output = new BackrestOutput();
  const lines = [
    '2026-11-21 08:01:33.135 P00   INFO: backup command begin 2.45: --repo1-cipher-pass=<redacted>',
    '2026-11-21 08:01:34.135 P01 DETAIL: backup file /data/base/1/2 (256.1MB, 73.32%) checksum ab',
    '2026-11-21 08:01:34.535 P00   WARN: invalid page checksums found in file /data/base/5/16385 at pages 1, 3-4',
    '2026-11-21 08:01:35.135 P00   INFO: new backup label = 20261121-080133F',
    '2026-11-21 08:01:36.135 P00  ERROR: [050]: unable to acquire lock on file',
    '                                    HINT: is another pgBackRest process running?',
  ];
  expect(lines.map((line) => output.take(line))).toEqual([false, true, false, false, false, false]);
  expect(output).toMatchObject({
    percent: 73.32,
    label: '20261121-080133F',
    pageErrors: ['/data/base/5/16385 at pages 1, 3-4'],
  });
  expect(output.error).toEqual({
    code: 50,
    text: 'unable to acquire lock on file HINT: is another pgBackRest process running?',
  });
  expect(parseLine('ERROR: [055]: missing')).toEqual({
    process: null,
    level: 'ERROR',
    text: '[055]: missing',
  });
  expect(lastError(['nothing'])).toBeUndefined();
});

test('each known exit has a sentence and a next act; others say their number', () => {
  const untrusted = ["ERROR: [095]: unable to find hostname '127.0.0.1' in certificate common name"];
  expect(explainExit(95, untrusted).message).toContain('certificate is not trusted');
  expect(explainExit(82, []).next).toContain('archive_command');
  expect(explainExit(62, []).message).toContain('stop file');
  expect(explainExit(3, []).message).toContain('code 3');
  expect(explainExit(39, ['ERROR: [039]: unable to connect to s3.example:443']).message).toContain('storage');
  expect(
    backrestError(64, ['ERROR: [064]: unable to write: [28] No space left on device']).message,
  ).toContain('No space left');
});
