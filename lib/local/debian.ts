import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { runTool, runToolOrFail, type ToolResult } from '@/lib/tools/process';
import { findProgram } from '@/lib/tools/programs';

const installDeadlineMs = 15 * 60_000;
const policyFile = '/usr/sbin/policy-rc.d';
const savedPolicyFile = '/usr/sbin/policy-rc.d.before-plumbline';
const createClusterFolder = '/etc/postgresql-common/createcluster.d';
const noClusterFile = `${createClusterFolder}/plumbline.conf`;
const ourMark = '# Written by Plumbline while it installs packages; removed afterwards.';

/** The one command that installs these packages, for somebody who is not root. */
export function installCommand(packages: string[]): string {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/**
 * Debian's scripts start a service at its installation and make a cluster `main`. While we install, a policy says
 * no to services (`man 8 invoke-rc.d`: 101 = not allowed), and PostgreSQL's own setting says no to the cluster
 * (`man 1 pg_createcluster`). Both are put back as they were; an earlier run that was killed is tidied up as well.
 */
function refuseServices(): void {
  const isOurs = existsSync(policyFile) && readFileSync(policyFile, 'utf8').includes(ourMark);
  if (existsSync(policyFile) && !isOurs) renameSync(policyFile, savedPolicyFile);
  writeFileSync(policyFile, `#!/bin/sh\n${ourMark}\nexit 101\n`, { mode: 0o755 });
  mkdirSync(createClusterFolder, { recursive: true });
  writeFileSync(noClusterFile, `${ourMark}\ncreate_main_cluster = false\n`);
}

function allowServices(): void {
  rmSync(noClusterFile, { force: true });
  rmSync(policyFile, { force: true });
  if (existsSync(savedPolicyFile)) renameSync(savedPolicyFile, policyFile);
}

async function aptGet(args: string[], onLine?: (line: string) => void): Promise<ToolResult> {
  return runTool({
    argv: ['apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args],
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    onStdout: onLine,
    deadlineMs: installDeadlineMs,
  });
}

/**
 * Installs Debian packages as root without their recommendations, and without starting or enabling a service.
 * `services` names the ones that must not start at the next boot either. Returns what was installed, as
 * `package version`.
 */
export async function installPackages(packages: string[], services: string[] = []): Promise<string[]> {
  if (!findProgram('apt-get')) {
    throw new PlumblineError('not-supported', 'Packages are missing and this is not a Debian system.', {
      next: `Install the equivalents of these Debian packages: ${packages.join(', ')}.`,
    });
  }
  const installed: string[] = [];
  const onLine = (line: string) => {
    const setUp = /^Setting up (\S+?)(?::\w+)? \((.+?)\)/.exec(line);
    if (setUp) installed.push(`${setUp[1]} ${setUp[2]}`);
  };
  refuseServices();
  try {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    await aptGet(['update', '-qq']);
    const result = await aptGet(install, onLine);
    if (result.exitCode !== 0) {
      throw new PlumblineError('tool-failed', `apt-get could not install ${packages.join(', ')}.`, {
        next: `It said: ${result.stderr.trim().split('\n').slice(-3).join(' ')}`,
        detail: result.stderr,
      });
    }
  } finally {
    allowServices();
  }
  const disable = findProgram('update-rc.d');
  for (const service of services) {
    if (disable) await runToolOrFail({ argv: [disable, service, 'disable'], deadlineMs: 60_000 });
  }
  return installed;
}
