import { quoteIdent } from '@/lib/instance/quote';

/** Names that break code which is careless with quotes, line ends, markup, options, or bytes. */
export const hostileNames = {
  database: `host=elsewhere dbname='x' "q" <b>\n\\`,
  schema: `sch"ema'; drop table x; --`,
  /** 63 bytes of four-byte characters and one of three: nothing can be added without cutting. */
  table: `${'🐘'.repeat(15)}€`,
  newline: 'two\nlines\tand <script>alert(1)</script>',
  option: '--file=/tmp/evil',
  role: `ro"le' \\ with`,
  column: `col"umn'\n<i>`,
} as const;

/** A schema of tables with hostile names, a foreign key, an identity column and rows that hold every delimiter. */
export function hostileSchemaSql(): string[] {
  const { schema, table, newline, option, role, column } = hostileNames;
  const s = quoteIdent(schema);
  const t = `${s}.${quoteIdent(table)}`;
  const n = `${s}.${quoteIdent(newline)}`;
  const c = quoteIdent(column);
  return [
    `create role ${quoteIdent(role)} nologin`,
    `create schema ${s} authorization ${quoteIdent(role)}`,
    `create table ${t} (${c} bigint generated always as identity primary key, body text, parts jsonb)`,
    `insert into ${t} (body, parts)
     select E'tab\\there\\nline\\\\.\\n\\\\' || g, jsonb_build_object('a', g, 'b', E'x\\ny')
     from generate_series(1, 500) g`,
    `create table ${n} (id serial primary key, ${c} bigint references ${t} (${c}))`,
    `create index on ${n} (${c})`,
    `insert into ${n} (${c}) select g % 500 + 1 from generate_series(1, 300) g`,
    `create table ${s}.${quoteIdent(option)} (empty int)`,
    `alter table ${n} owner to ${quoteIdent(role)}`,
    `comment on table ${t} is E'-- \\n\\\\. <b>'`,
  ];
}
