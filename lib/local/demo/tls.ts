import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { runToolOrFail } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';

/** Certificates of the demo: a CA of its own and a server certificate for loopback. */
export interface DemoTls {
  /** PEM text of the CA: what a client checks the server with. */
  ca: string;
  certificateFile: string;
  keyFile: string;
}

const validDays = '3650';

/** Makes a CA and a server certificate at the first start, so that verify-full works on the demo too. */
export async function ensureDemoTls(directory: string, user: string | undefined): Promise<DemoTls> {
  const caFile = `${directory}/ca.crt`;
  const certificateFile = `${directory}/server.crt`;
  const keyFile = `${directory}/server.key`;
  if (!existsSync(certificateFile)) {
    const openssl = findProgram('openssl');
    if (!openssl) {
      throw new PlumblineError('not-supported', 'The program openssl is missing.', {
        next: 'Install the package openssl, or start with --no-demo.',
      });
    }
    const run = (args: string[]) =>
      runToolOrFail({ argv: [openssl, ...args], cwd: directory, user, deadlineMs: 60_000 });
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const caName = ['-subj', '/CN=Plumbline demo CA'];
    await run([
      'req',
      '-x509',
      ...newKey,
      ...caName,
      '-days',
      validDays,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
    ]);
    await run(['req', ...newKey, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr']);
    writeFileSync(`${directory}/server.ext`, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', validDays];
    await run([
      'x509',
      '-req',
      '-in',
      'server.csr',
      ...signed,
      '-extfile',
      'server.ext',
      '-out',
      'server.crt',
    ]);
  }
  return { ca: readFileSync(caFile, 'utf8'), certificateFile, keyFile };
}
