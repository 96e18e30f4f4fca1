import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import type { WorkerEnv } from '@/lib/base/server/env';
import type { StanzaRecord, StanzaRepository, StanzaServer } from '@/lib/engine/define-job';
import type { KeyPair } from '@/lib/secrets/key-file';
import { openSecret } from '@/lib/secrets/open-secret';
import { repositoryBinding, storageBinding, typedPassBinding } from '@/lib/secrets/sealed-destinations';
import type { SecretBinding } from '@/lib/secrets/sealed-secret';
import type { Store } from '@/lib/store/db';
import type { SecretSubject } from '@/lib/store/schema';
import { findSealedSecret } from '@/lib/store/sealed-secrets';
import { storagesOfRepositories } from '@/lib/store/stanzas';
import { sealedTypedCopy } from '@/lib/store/typed-copies';
import { makeOwnedDirectory, replaceSecretFile, writeSecretFile } from '@/lib/tools/files';
import {
  backrestFolders,
  type ConfiguredRepository,
  hiddenSecret,
  parseConfig,
  renderConfig,
  serverOfFacts,
} from '@/lib/tools/pgbackrest/config';
import { renderTyped, typedConfigFile } from '@/lib/tools/pgbackrest/typed-config';

/** Where a worker keeps configurations, locks and logs of pgBackRest. */
export function pgbackrestDirectory(env: WorkerEnv): string {
  return env.PLUMBLINE_PGBACKREST_DIR ?? path.join(path.dirname(env.PLUMBLINE_REPOSITORY_DIR), 'pgbackrest');
}

type Configured = Pick<
  StanzaRecord,
  'id' | 'name' | 'configPath' | 'dataDirectory' | 'facts' | 'repositories'
>;

/** The configuration files of pgBackRest of one worker: what runner and repository watcher use. */
export interface StanzaConfigs {
  /** Of an adopted stanza its own file, else ours: `<directory>/<stanza's id>.conf`. */
  pathOf(stanza: Pick<StanzaRecord, 'id' | 'configPath'>): string;
  /**
   * Writes the file of a stanza anew, 0600 for the tools' user, with its secrets opened; `onSecret` hears each of them,
   * so that none comes into a log. An adopted stanza's own file is left as it is.
   *
   * @throws PlumblineError `not-found` without a stanza; `conflict` when its server was never looked at, a secret is
   * missing or was sealed for another place.
   */
  write(stanza: Configured | undefined, onSecret?: (secret: string) => void): Promise<string>;
  /**
   * Writes a file in a directory of a run that knows one repository, by what somebody typed for that run; the pass that is
   * stored is not opened. @throws PlumblineError `conflict` when the typed copy is gone or was typed for another place.
   */
  writeTyped(
    stanza: Configured | undefined,
    typed: { id: string; runId: string; directory: string },
    onSecret: (secret: string) => void,
  ): Promise<string>;
  /** The text of that file for this server as people may read it: no secret is opened for it. */
  review(stanza: Configured | undefined, server: StanzaServer): Promise<string>;
}

export function stanzaConfigs(options: {
  db: Store;
  keyPair: KeyPair;
  toolUser: string | undefined;
  directory: string;
}): StanzaConfigs {
  const { db, keyPair, toolUser, directory } = options;
  const pathOf: StanzaConfigs['pathOf'] = (stanza) => stanza.configPath ?? `${directory}/${stanza.id}.conf`;

  async function openedSecret(binding: SecretBinding, onSecret: (secret: string) => void): Promise<string> {
    const subjectKind = binding.subjectKind as SecretSubject;
    const sealed = await findSealedSecret(db, { ...binding, subjectKind });
    if (!sealed) {
      throw new PlumblineError('conflict', `The ${binding.name} of this ${subjectKind} was never entered.`, {
        next: 'Enter it where the repository is set up.',
      });
    }
    const secret = await openSecret(keyPair, sealed, binding);
    onSecret(secret);
    return secret;
  }

  /** `secretOf` gives the text of a secret, or what stands for it. */
  async function repositoriesOf(
    stanza: Configured,
    secretOf: (binding: SecretBinding) => Promise<string>,
  ): Promise<ConfiguredRepository[]> {
    const ids = stanza.repositories.flatMap(({ storageId }) => storageId ?? []);
    const storages = await storagesOfRepositories(db, ids);
    const configured: ConfiguredRepository[] = [];
    for (const repository of stanza.repositories) {
      const { ordinal, storageId, isEncrypted } = repository;
      const binding = repositoryBinding({ ...repository, stanzaId: stanza.id });
      const cipherPass = isEncrypted ? await secretOf(binding) : undefined;
      const storage = storages.find(({ id }) => id === storageId);
      if (!storage) {
        configured.push({ ordinal, path: repository.path, cipherPass });
        continue;
      }
      const caFile = storage.tlsCa ? `${directory}/${storage.id}.pem` : undefined;
      if (caFile && storage.tlsCa) replaceSecretFile(caFile, storage.tlsCa, toolUser);
      const { endpoint, region, bucket, uriStyle, verifyTls } = storage;
      const key = await secretOf(storageBinding(storage, 'access-key'));
      const keySecret = await secretOf(storageBinding(storage, 'secret-key'));
      const s3 = { endpoint, region, bucket, uriStyle, verifyTls, key, keySecret, caFile };
      configured.push({ ordinal, path: repository.path, cipherPass, s3 });
    }
    return configured;
  }

  /** Of an adopted stanza its owner's own file, with one pass in it: the typed one. */
  async function typedText(
    stanza: Configured,
    repository: StanzaRepository,
    { pass, own, onSecret }: { pass: string; own: string; onSecret: (secret: string) => void },
  ): Promise<string> {
    const { ordinal } = repository;
    if (stanza.configPath !== null) {
      const found = parseConfig(readFileSync(stanza.configPath, 'utf8'));
      return renderTyped(found, { stanza: stanza.name, ordinal, pass, directory: own });
    }
    const server = serverOfFacts(stanza.dataDirectory, stanza.facts) ?? {
      ...{ dataDirectory: `${own}/none`, port: 5432, socketDirectory: own, user: 'postgres' },
    };
    const repositories = await repositoriesOf({ ...stanza, repositories: [repository] }, async (binding) =>
      binding.subjectKind === 'repository' ? pass : openedSecret(binding, onSecret),
    );
    return renderConfig({ stanza: stanza.name, directory: own, server, repositories });
  }

  return {
    pathOf,
    write: async (stanza, onSecret = () => undefined) => {
      if (!stanza) {
        throw new PlumblineError('not-found', 'The cluster has no stanza.', {
          next: 'Set up archiving on the cluster’s recovery page.',
        });
      }
      const file = pathOf(stanza);
      if (stanza.configPath !== null) return file;
      const server = serverOfFacts(stanza.dataDirectory, stanza.facts);
      if (!server) {
        throw new PlumblineError('conflict', 'The server of this stanza was never looked at.', {
          next: 'Run the set-up of archiving: it finds out where the data directory is.',
        });
      }
      const own = `${directory}/${stanza.id}`;
      for (const folder of [directory, own, ...Object.values(backrestFolders(own))]) {
        makeOwnedDirectory(folder, toolUser);
      }
      const repositories = await repositoriesOf(stanza, (binding) => openedSecret(binding, onSecret));
      const text = renderConfig({ stanza: stanza.name, directory: own, server, repositories });
      replaceSecretFile(file, text, toolUser);
      return file;
    },
    writeTyped: async (stanza, typed, onSecret) => {
      const copy = await sealedTypedCopy(db, typed);
      const repository = stanza?.repositories.find(({ id }) => id === copy?.repositoryId);
      if (!stanza || !copy || !repository) {
        throw new PlumblineError('conflict', 'What was typed for this run is gone.', {
          next: 'Make a new plan and type the copy again.',
        });
      }
      const binding = typedPassBinding(
        { id: typed.id, planId: copy.planId },
        { ...repository, stanzaId: stanza.id },
      );
      const pass = await openSecret(keyPair, copy, binding);
      onSecret(pass);
      const { directory: own } = typed;
      for (const folder of [directory, own, ...Object.values(backrestFolders(own))]) {
        makeOwnedDirectory(folder, toolUser);
      }
      const file = `${own}/${typedConfigFile}`;
      writeSecretFile(file, await typedText(stanza, repository, { pass, own, onSecret }), toolUser);
      return file;
    },
    review: async (stanza, server) => {
      if (!stanza) return '';
      const repositories = await repositoriesOf(stanza, async () => hiddenSecret);
      return renderConfig({
        stanza: stanza.name,
        directory: `${directory}/${stanza.id}`,
        server,
        repositories,
      });
    },
  };
}
