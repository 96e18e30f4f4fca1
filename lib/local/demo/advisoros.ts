/**
 * `advisoros`: an office system for advisers. Documents by year with a default partition, audit logs by month, made
 * up to the present month: the next partition of each is still to be made.
 */
export const advisoros = `
create table organizations (
  id bigint generated always as identity primary key,
  name text not null,
  tax_number text not null unique,
  country char(2) not null,
  plan text not null,
  settings jsonb not null default '{}',
  created_at timestamptz not null
);
create table documents (
  id bigint generated always as identity,
  organization_id bigint not null references organizations,
  title text not null,
  kind text not null,
  checksum text not null,
  size_bytes bigint not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  primary key (id, created_at)
) partition by range (created_at);
create index documents_organization_idx on documents (organization_id, created_at);
create table tasks (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations,
  title text not null,
  status text not null,
  assignee text,
  due_on date,
  updated_at timestamptz not null default now()
);
create index tasks_organization_idx on tasks (organization_id);
create index tasks_open_due_idx on tasks (due_on) where status <> 'done';
create table invoices (
  id bigint generated always as identity primary key,
  organization_id bigint not null references organizations,
  number text not null unique,
  net numeric(12, 2) not null,
  tax numeric(12, 2) not null,
  issued_on date not null,
  paid_on date
);
create index invoices_organization_idx on invoices (organization_id);
create table audit_logs (
  id bigint generated always as identity,
  organization_id bigint not null,
  actor text not null,
  action text not null,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (id, created_at)
) partition by range (created_at);
create index audit_logs_organization_idx on audit_logs (organization_id, created_at);
do $$
declare
  start timestamptz;
begin
  for back in reverse 3..0 loop
    start := date_trunc('year', now()) - back * interval '1 year';
    execute format('create table %I partition of documents for values from (%L) to (%L)',
      'documents_' || to_char(start, 'YYYY'), start, start + interval '1 year');
  end loop;
  create table documents_default partition of documents default;
  for back in reverse 11..0 loop
    start := date_trunc('month', now()) - back * interval '1 month';
    execute format('create table %I partition of audit_logs for values from (%L) to (%L)',
      'audit_logs_' || to_char(start, 'YYYY_MM'), start, start + interval '1 month');
  end loop;
end
$$;

insert into organizations (name, tax_number, country, plan, settings, created_at)
select 'Organization ' || n, 'T' || lpad(n::text, 9, '0'), (array['US', 'DE', 'FR', 'GB'])[1 + n % 4],
  (array['solo', 'team', 'firm'])[1 + n % 3], jsonb_build_object('locale', 'en', 'seats', 1 + n % 40),
  now() - random() * interval '1200 days'
from generate_series(1, 1200) n;
insert into documents (organization_id, title, kind, checksum, size_bytes, metadata, created_at)
select 1 + n % 1200, 'Document ' || n, (array['return', 'letter', 'contract', 'statement'])[1 + n % 4],
  md5(n::text), (1000 + random() * 900000)::bigint, jsonb_build_object('pages', 1 + n % 30),
  now() - random() * (now() - (date_trunc('year', now()) - interval '3 years'))
from generate_series(1, 30000) n;
insert into tasks (organization_id, title, status, assignee, due_on)
select 1 + n % 1200, 'Task ' || n, (array['open', 'waiting', 'done', 'done'])[1 + n % 4], 'user' || n % 45,
  current_date + (n % 90 - 30)
from generate_series(1, 20000) n;
insert into invoices (organization_id, number, net, tax, issued_on, paid_on)
select 1 + n % 1200, 'INV-' || n, v, round(v * 0.2, 2), current_date - n % 700,
  case when n % 6 > 0 then current_date - n % 700 + 14 end
from generate_series(1, 15000) n, lateral (select round((50 + random() * 4000)::numeric, 2)) net(v);
insert into audit_logs (organization_id, actor, action, detail, created_at)
select 1 + n % 1200, 'user' || n % 45, (array['view', 'edit', 'share', 'sign'])[1 + n % 4],
  jsonb_build_object('document', n % 30000),
  now() - random() * (now() - (date_trunc('month', now()) - interval '11 months'))
from generate_series(1, 40000) n;
`;
