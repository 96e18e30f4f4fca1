/**
 * `vendhub`: vending machines and their sales. As in many grown applications the foreign keys lack indexes, and the
 * reports pay for it: something to find and to mend.
 */
export const vendhub = `
create table machines (
  id bigint generated always as identity primary key,
  serial_number text not null unique,
  model text not null,
  site text not null,
  latitude numeric(9, 6),
  longitude numeric(9, 6),
  status text not null,
  installed_on date not null,
  last_seen_at timestamptz
);
create table products (
  id bigint generated always as identity primary key,
  barcode text not null unique,
  name text not null,
  category text not null,
  price numeric(8, 2) not null,
  vat_rate numeric(4, 3) not null,
  active boolean not null default true
);
create table inventory (
  id bigint generated always as identity primary key,
  machine_id bigint not null references machines,
  product_id bigint not null references products,
  slot smallint not null,
  quantity integer not null check (quantity >= 0),
  capacity integer not null,
  refilled_at timestamptz
);
create table sales (
  id bigint generated always as identity primary key,
  machine_id bigint not null references machines,
  product_id bigint not null references products,
  quantity integer not null default 1,
  amount numeric(8, 2) not null,
  payment text not null,
  sold_at timestamptz not null default now()
);
create index sales_sold_at_idx on sales (sold_at);
create index sales_payment_idx on sales (payment);

insert into machines (serial_number, model, site, latitude, longitude, status, installed_on, last_seen_at)
select 'VM-' || lpad(n::text, 5, '0'), 'Model ' || n % 7, 'Site ' || n % 300,
  round((45 + random() * 8)::numeric, 6), round((5 + random() * 12)::numeric, 6),
  (array['online', 'online', 'online', 'service'])[1 + n % 4], date '2020-01-01' + n % 1800, now()
from generate_series(1, 1500) n;
insert into products (barcode, name, category, price, vat_rate)
select lpad((4000000000000 + n * 37)::text, 13, '0'), 'Product ' || n,
  (array['drink', 'snack', 'fresh', 'coffee'])[1 + n % 4], round((1 + random() * 5)::numeric, 2), 0.07
from generate_series(1, 400) n;
insert into inventory (machine_id, product_id, slot, quantity, capacity, refilled_at)
select m, 1 + (m * 13 + s * 7) % 400, s, 5 + (random() * 15)::integer, 20, now() - random() * interval '9 days'
from generate_series(1, 1500) m, generate_series(1, 16) s;
insert into sales (machine_id, product_id, quantity, amount, payment, sold_at)
select 1 + (random() * 1499)::integer, 1 + (random() * 399)::integer, 1, round((1 + random() * 5)::numeric, 2),
  (array['card', 'card', 'phone', 'cash'])[1 + n % 4], now() - (60000 - n) * interval '90 seconds'
from generate_series(1, 60000) n;
`;
