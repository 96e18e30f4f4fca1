import { messageOf } from '@/lib/base/errors';
import { log } from '@/lib/base/server/log';
import { schemaVersion } from '@/lib/store/schema-version';
import { uncheckedWebStore } from '@/lib/store/web-store';

/**
 * Whether this process can serve: 200 or 503 with `{ok, database: up|down, schema: ok|foreign|unknown}`. Needs
 * no session, so it says nothing else: no version, no name, no address.
 */
export async function healthRoute(): Promise<Response> {
  const answer = { ok: false, database: 'down', schema: 'unknown' };
  try {
    const { found, expected } = await schemaVersion(uncheckedWebStore());
    answer.database = 'up';
    answer.schema = found === expected ? 'ok' : 'foreign';
    answer.ok = answer.schema === 'ok';
  } catch (error) {
    log.warn({ err: error }, `health: ${messageOf(error)}`);
  }
  return Response.json(answer, { status: answer.ok ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
