import type { PlanDraft, Session } from '@/lib/engine/define-job';
import { quoteIdent } from '@/lib/instance/quote';
import type { RescueInput, RescueSides } from '@/lib/procedures/table-rescue-acts';

/** What the login lacks to make the table and give it to its owner, or to merge into the live one. */
export async function rescueRights(
  session: Session,
  input: RescueInput,
  sides: RescueSides,
): Promise<PlanDraft['blockers']> {
  const { saved, live } = sides;
  const owner = (input.how === 'merge' ? live?.owner : undefined) ?? saved.owner;
  const [row] = await session.query(
    `select current_user::text as login, current_setting('server_version_num')::int4 as version,
       (select rolsuper from pg_roles where rolname = current_user) as super,
       (select has_schema_privilege(oid, 'create') from pg_namespace where nspname = $1) as creates,
       (select pg_has_role(oid, 'usage') from pg_roles where rolname = $2) as owns,
       (select row_security_active(c.oid) from pg_class c where c.oid = $3::oid) as hidden`,
    [input.schema, owner, live?.oid ?? null],
  );
  const mayReplicate = row?.super === true || (await mayBeReplica(session, Number(row?.version)));
  const blockers: PlanDraft['blockers'] = [];
  const block = (isSo: boolean, message: string, next: string) => {
    if (isSo) blockers.push({ message, next });
  };
  block(
    row?.creates === null,
    `There is no schema “${input.schema}” in the live database.`,
    `create schema ${quoteIdent(input.schema)};`,
  );
  block(
    row?.creates === false,
    `The login ${row?.login} may not make tables in “${input.schema}”.`,
    'Grant it CREATE on the schema, or make it a member of its owner.',
  );
  block(row?.owns === null, `The owner ${owner} is no role of this server.`, 'Create the role first.');
  block(
    row?.owns === false,
    `The login ${row?.login} is no member of the owner ${owner}.`,
    'Run the GRANT script of the operate login: it has one grant for each owner.',
  );
  if (input.how !== 'merge') return blockers;
  block(
    row?.hidden === true,
    'Row security would hide rows of the live table from this login.',
    'Let it be done by a member of the owner, without FORCE ROW LEVEL SECURITY.',
  );
  block(
    input.skipTriggers && !mayReplicate,
    'Only a superuser may keep triggers from firing (session_replication_role).',
    'Plan it with triggers, or rescue the table beside.',
  );
  return blockers;
}

/** From 15 on the right to set it can be granted (PostgreSQL documentation, GRANT … ON PARAMETER). */
async function mayBeReplica(session: Session, version: number): Promise<boolean> {
  if (version < 150_000) return false;
  const [row] = await session.query(
    `select has_parameter_privilege('session_replication_role', 'set') as may`,
  );
  return row?.may === true;
}
