import { Writable } from 'node:stream';
import { PlumblineError } from '@/lib/base/errors';
import type { ListedFile } from '@/lib/engine/wal-continuity';
import { backrestArgs, pgbackrestProgram, silent } from '@/lib/tools/pgbackrest/argv';
import { explainExit } from '@/lib/tools/pgbackrest/errors';
import { parseInfo, printable, type StanzaInfo, stanzaProblem } from '@/lib/tools/pgbackrest/info';
import { type RunToolOptions, runTool } from '@/lib/tools/process';

/** How a stanza is asked: as the tools' user, with a configuration that only that user can read. */
export interface AskPlace {
  configFile: string;
  stanza: string;
  user: string | undefined;
  signal: AbortSignal;
}

const infoDeadlineMs = 30_000;
const listDeadlineMs = 120_000;
/** A million segments make some 100 MB of JSON. */
const answerBytesAtMost = 128 * 1024 * 1024;

/** What a repository says of why it can't be used, with the next act. */
export interface Problem {
  message: string;
  next: string;
}

interface Answer {
  exitCode: number | null;
  text: Buffer;
  words: string[];
}

async function ask(place: AskPlace, args: readonly string[], deadlineMs: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stdoutTo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > answerBytesAtMost) {
        done(new PlumblineError('tool-failed', 'pgBackRest’s answer is too long to be read.'));
        return;
      }
      chunks.push(chunk);
      done();
    },
  });
  const call: RunToolOptions = {
    argv: [pgbackrestProgram, ...args],
    user: place.user,
    signal: place.signal,
    deadlineMs,
    stdoutTo,
  };
  const { exitCode, stderr } = await runTool(call);
  return { exitCode, text: Buffer.concat(chunks), words: stderr.split('\n') };
}

// Errors come on the stream that is not the answer.
const answering = { ...silent, 'log-level-stderr': 'error' };

function argsOf(
  place: AskPlace,
  command: string,
  options: Record<string, string | number | boolean>,
): string[] {
  return backrestArgs(
    command,
    { configFile: place.configFile, stanza: place.stanza },
    { ...answering, ...options },
  );
}

/**
 * `pgbackrest info`. It ends with 0 also when nothing can be read: what counts is the status inside.
 *
 * @throws PlumblineError `tool-failed`, `timed-out`, `cancelled`
 */
export async function askInfo(place: AskPlace): Promise<{ info: StanzaInfo } | { problem: Problem }> {
  const answer = await ask(place, argsOf(place, 'info', { output: 'json' }), infoDeadlineMs);
  if (answer.exitCode !== 0) return { problem: explainExit(answer.exitCode, answer.words) };
  const parsed = parseInfo(answer.text);
  if ('problem' in parsed) {
    return {
      problem: { message: parsed.problem, next: 'Run pgbackrest info on the host and see what it says.' },
    };
  }
  const info = parsed.stanzas.find(({ name }) => name === place.stanza);
  if (info) return { info };
  const problem = parsed.stanzas[0] && stanzaProblem(parsed.stanzas[0]);
  return {
    problem: problem ?? {
      message: 'The repository does not know this stanza.',
      next: 'Set up archiving: it creates the stanza.',
    },
  };
}

/** Files below a path of a repository, with size and time. Without `isDeep` folders stand among them. */
export async function listFiles(
  place: AskPlace,
  repository: number,
  path: string,
  isDeep: boolean,
): Promise<{ files: ListedFile[]; folders: string[] }> {
  const options = { output: 'json', repo: repository, ...(isDeep && { recurse: true }) };
  const answer = await ask(place, [...argsOf(place, 'repo-ls', options), path], listDeadlineMs);
  if (answer.exitCode !== 0) {
    const { message, next } = explainExit(answer.exitCode, answer.words);
    throw new PlumblineError('tool-failed', message, { next });
  }
  const files: ListedFile[] = [];
  const folders: string[] = [];
  for (const [name, entry] of Object.entries(readList(answer.text))) {
    if (name === '.') continue;
    if (entry.type === 'path') folders.push(name);
    else if (entry.type === 'file')
      files.push({ path: name, bytes: entry.size ?? null, at: entry.time ?? null });
  }
  return { files, folders };
}

interface ListEntry {
  type?: string;
  size?: number;
  time?: number;
}

function readList(text: Buffer): Record<string, ListEntry> {
  const parsed: unknown = JSON.parse(text.toString('utf8'));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new PlumblineError('tool-failed', 'pgBackRest’s list of files has another form.');
  }
  return parsed as Record<string, ListEntry>;
}

/** The text of a small file of a repository; undefined when it can't be read. */
export async function readFileOf(
  place: AskPlace,
  repository: number,
  path: string,
): Promise<string | undefined> {
  const answer = await ask(place, [...argsOf(place, 'repo-get', { repo: repository }), path], infoDeadlineMs);
  if (answer.exitCode !== 0) return undefined;
  return answer.text.toString('utf8').split('\n').map(printable).join('\n');
}
