import { type Client, makeClient } from '@/lib/cli/client';
import { findConsole } from '@/lib/cli/config';
import { CliError, type ExitCode, exitCodes } from '@/lib/cli/exit-codes';
import type { Io } from '@/lib/cli/io';
import { type ClusterView, clusterListSchema } from '@/lib/contract/clusters';
import type { InstanceView } from '@/lib/contract/instances';

/** What every command gets. */
export interface Context {
  io: Io;
  json: boolean;
  client(): Promise<Client>;
  /** Data as JSON with `--json`, else as the given text. */
  show(data: unknown, text: () => string): void;
  /** The code to end with, when it is not an error. */
  end(code: ExitCode): void;
}

export function makeContext(io: Io, json: boolean, end: (code: ExitCode) => void): Context {
  let client: Promise<Client> | undefined;
  return {
    io,
    json,
    client: () => {
      client ??= findConsole(io).then(makeClient);
      return client;
    },
    show: (data, text) => io.out(json ? JSON.stringify(data, null, 2) : text()),
    end,
  };
}

const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();

function one<T>(found: readonly T[], what: string, given: string, nameOf: (item: T) => string): T {
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  if (!first) {
    throw new CliError(
      exitCodes.notFound,
      `There is no ${what} “${given}”.`,
      `plumbline ${what}s list shows them all.`,
    );
  }
  throw new CliError(
    exitCodes.usage,
    `“${given}” names ${found.length} ${what}s: ${found.map(nameOf).join(', ')}.`,
    'Give the id, or cluster/name for an instance.',
  );
}

/** A cluster by its id or name. */
export async function clusterNamed(client: Client, given: string): Promise<ClusterView> {
  const { items } = await client.get('/clusters', clusterListSchema);
  const found = items.filter((cluster) => cluster.id === given || same(cluster.name, given));
  return one(found, 'cluster', given, (cluster) => cluster.name);
}

/** An instance by its id, its name, or `cluster/name`. */
export async function instanceNamed(
  client: Client,
  given: string,
): Promise<InstanceView & { clusterName: string }> {
  const { items } = await client.get('/clusters', clusterListSchema);
  const all = items.flatMap((cluster) =>
    cluster.instances.map((instance) => ({ ...instance, clusterName: cluster.name })),
  );
  const found = all.filter(
    (instance) =>
      instance.id === given ||
      same(instance.name, given) ||
      same(`${instance.clusterName}/${instance.name}`, given),
  );
  return one(found, 'instance', given, (instance) => `${instance.clusterName}/${instance.name}`);
}

/** Asks again until `done`, at most so long. @returns the last answer and whether it was done. */
export async function poll<T>(
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
  seconds: number,
  everyMs = 500,
): Promise<{ answer: T; done: boolean }> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return { answer, done: true };
    if (Date.now() >= until) return { answer, done: false };
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
