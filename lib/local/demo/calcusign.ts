/**
 * `calcusign`: an estimating application. Large JSONB payloads beside small tables, a table of events that only
 * grows. Keys are indexed as they should be.
 */
export const calcusign = `
create table material_catalog (
  id bigint generated always as identity primary key,
  sku text not null unique,
  name text not null,
  category text not null,
  unit text not null,
  unit_cost numeric(12, 4) not null,
  density_kg_m3 numeric(10, 2),
  properties jsonb not null default '{}',
  discontinued_at timestamptz,
  updated_at timestamptz not null default now()
);
create table calibration_constants (
  id bigint generated always as identity primary key,
  machine_model text not null,
  name text not null,
  value double precision not null,
  unit text not null,
  valid_from date not null,
  valid_to date,
  unique (machine_model, name, valid_from)
);
create table pricing_configs (
  id bigint generated always as identity primary key,
  region text not null,
  currency char(3) not null,
  version integer not null,
  labor_rate numeric(10, 2) not null,
  overhead_rate numeric(6, 4) not null,
  rules jsonb not null,
  active boolean not null default false,
  created_at timestamptz not null default now(),
  unique (region, version)
);
create table code_references (
  id bigint generated always as identity primary key,
  jurisdiction text not null,
  code text not null,
  section text not null,
  title text not null,
  body text not null,
  unique (jurisdiction, code, section)
);
create table projects (
  id bigint generated always as identity primary key,
  public_id uuid not null default gen_random_uuid() unique,
  name text not null,
  customer text not null,
  status text not null check (status in ('draft', 'quoted', 'won', 'lost', 'archived')),
  pricing_config_id bigint not null references pricing_configs,
  total numeric(14, 2),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index projects_pricing_config_idx on projects (pricing_config_id);
create index projects_status_created_idx on projects (status, created_at desc);
create table project_payloads (
  project_id bigint not null references projects on delete cascade,
  version integer not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  primary key (project_id, version)
);
create index project_payloads_payload_idx on project_payloads using gin (payload jsonb_path_ops);
create table project_events (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects on delete cascade,
  kind text not null,
  actor text not null,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index project_events_project_idx on project_events (project_id, created_at desc);

insert into material_catalog (sku, name, category, unit, unit_cost, density_kg_m3, properties)
select 'MAT-' || lpad(n::text, 6, '0'),
  (array['Aluminium sheet', 'Acrylic panel', 'Steel tube', 'Vinyl film', 'LED module'])[1 + n % 5] || ' ' || n,
  (array['metal', 'plastic', 'metal', 'film', 'electric'])[1 + n % 5],
  (array['m2', 'm2', 'm', 'm2', 'piece'])[1 + n % 5],
  round((5 + random() * 200)::numeric, 4), round((900 + random() * 7000)::numeric, 2),
  jsonb_build_object('thickness_mm', 1 + n % 12, 'colour', (array['white', 'black', 'clear', 'red'])[1 + n % 4],
    'fire_class', (array['A1', 'B', 'C'])[1 + n % 3])
from generate_series(1, 4000) n;
insert into calibration_constants (machine_model, name, value, unit, valid_from)
select 'CNC-' || m, 'axis_' || a, 1 + random() / 1000, 'ratio', date '2024-01-01' + 30 * k
from generate_series(1, 20) m, generate_series(1, 6) a, generate_series(0, 11) k;
insert into pricing_configs (region, currency, version, labor_rate, overhead_rate, rules, active)
select region, currency, v, 40 + v, 0.12 + v / 100.0,
  jsonb_build_object('rounding', 'half-even', 'minimum', 250, 'steps', jsonb_build_array(0, 0.05, 0.08)), v = 6
from (values ('north', 'USD'), ('south', 'USD'), ('alps', 'EUR'), ('isles', 'GBP')) r(region, currency),
  generate_series(1, 6) v;
insert into code_references (jurisdiction, code, section, title, body)
select 'J' || j, 'BC-' || c, s::text, 'Section ' || s, repeat('Signs shall be anchored for the design wind load. ', 8)
from generate_series(1, 10) j, generate_series(1, 6) c, generate_series(1, 20) s;
insert into projects (name, customer, status, pricing_config_id, total, created_at, updated_at)
select 'Project ' || n, 'Customer ' || (n % 900),
  (array['draft', 'quoted', 'won', 'lost', 'archived'])[1 + n % 5], 1 + n % 24,
  round((500 + random() * 90000)::numeric, 2), t, t + random() * interval '20 days'
from generate_series(1, 12000) n, lateral (select now() - random() * interval '700 days') at(t);
insert into project_payloads (project_id, version, payload, created_at)
select p.id, v, jsonb_build_object(
  'dimensions', jsonb_build_object('width_mm', 400 + p.id % 3000, 'height_mm', 200 + p.id % 1500),
  'lines', (select jsonb_agg(jsonb_build_object('sku', 'MAT-' || lpad((1 + (p.id * l) % 4000)::text, 6, '0'),
    'quantity', l, 'note', md5(p.id::text || l))) from generate_series(1, 8) l),
  'wind', jsonb_build_object('speed_ms', 30 + p.id % 25, 'exposure', 'C')), p.created_at
from projects p, generate_series(1, 1 + (p.id % 2)::integer) v;
insert into project_events (project_id, kind, actor, detail, created_at)
select 1 + (n * 7919) % 12000, (array['opened', 'priced', 'edited', 'sent'])[1 + n % 4], 'user' || n % 60,
  jsonb_build_object('step', n % 9), now() - random() * interval '400 days'
from generate_series(1, 40000) n;
`;
