import { expect, test } from 'vitest';
import { safeValue, settingText } from '@/lib/engine/setting-values';

const shown = (name: string, value: string) => safeValue(name, value, 'salt').value;

test('no password is kept of a connection string, wherever it stands', () => {
  expect(shown('primary_conninfo', `host=a port=5432 user=rep password=hunter2`)).toBe(
    'host=a port=5432 user=rep password=(hidden)',
  );
  expect(shown('primary_conninfo', String.raw`password='it\'s host=x' host = 'b c' sslpassword=y`)).toBe(
    `password=(hidden) host='b c' sslpassword=(hidden)`,
  );
  expect(shown('primary_conninfo', 'postgresql://rep:hunter2@a/db?password=other')).toBe(
    'postgresql://(hidden)@a/db',
  );
  expect(shown('primary_conninfo', `user=a password='not closed`)).toBe('(hidden)');
});

test('commands and custom settings keep what holds no secret', () => {
  expect(shown('archive_command', 'cp %p /archive/%f')).toBe('cp %p /archive/%f');
  for (const value of [
    'AWS_SECRET_ACCESS_KEY=hunter2 wal-g push %p',
    'push --password hunter2 %p',
    'push --api-key=hunter2 %p',
    `curl -H "x-auth-token: hunter2" https://user:hunter2@store/%f`,
    'curl -u rep:hunter2 -T %p https://store/%f',
    'curl -urep:hunter2 -T %p https://store/%f',
    'curl --user rep:hunter2 -T %p https://store/%f',
    `curl --proxy-user='rep:hunter2 hunter2' -T %p https://store/%f`,
    'curl -u "rep:hunter2, hunter2" -T %p https://store/%f',
    'lftp -u rep,hunter2 -e "put %p" store',
    'smbclient -U rep%hunter2 //store/wal -c "put %p"',
    `curl -H 'Authorization: Bearer hunter2' -T %p https://store/%f`,
    `curl -H Authorization:hunter2 -T %p https://store/%f`,
    'sshpass -p hunter2 scp %p store:/wal/%f',
    'sshpass -v -phunter2 scp %p store:/wal/%f',
  ]) {
    expect(shown('archive_command', value)).not.toContain('hunter2');
  }
  expect(shown('archive_command', 'curl -u rep:hunter2 -T %p https://store/%f')).toBe(
    'curl -u rep:(hidden) -T %p https://store/%f',
  );
  expect(shown('archive_command', 'sudo -u postgres cp -u %p /archive/%f')).toBe(
    'sudo -u postgres cp -u %p /archive/%f',
  );
  expect(shown('app.jwt_secret', 'hunter2')).toBe('(hidden)');
  expect(shown('myapp.anything', 'hunter2')).toBe('(hidden)');
  expect(shown('ssl_passphrase_command', 'echo hunter2')).toBe('(hidden)');
  expect(shown('password_encryption', 'scram-sha-256')).toBe('scram-sha-256');
  expect(shown('auto_explain.log_min_duration', '100')).toBe('100');
});

test('another secret has another print, and a value that is shown has none', () => {
  const print = (value: string, salt = 'salt') => safeValue('app.key', value, salt).print;
  expect(print('one')).not.toBe(print('two'));
  expect(print('one')).not.toBe(print('one', 'another server'));
  expect(print('one')).toBeLessThan(65_536);
  expect(safeValue('work_mem', '4096', 'salt')).toEqual({ value: '4096' });
  expect(safeValue('search_path', 'x'.repeat(2000), 'salt').value.length).toBeLessThan(600);
});

test('numbers are written as the server writes them', () => {
  expect(settingText('16384', '8kB')).toBe('128MB');
  expect(settingText('4096', 'kB')).toBe('4MB');
  expect(settingText('1025', 'kB')).toBe('1025kB');
  expect(settingText('90', 's')).toBe('90s');
  expect(settingText('3600', 's')).toBe('1h');
  expect(settingText('60000', 'ms')).toBe('1min');
  expect(settingText('-1', 'ms')).toBe('-1');
  expect(settingText('0', 'kB')).toBe('0');
  expect(settingText('on', null)).toBe('on');
  expect(settingText('', null)).toBe('(empty)');
});
