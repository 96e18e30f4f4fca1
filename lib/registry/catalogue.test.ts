import { describe, expect, it } from 'vitest';
import { units } from '@/lib/base/units';
import { permissionRoles } from '@/lib/engine/roles';
import { checks } from '@/lib/registry/checks.gen';
import { criteria } from '@/lib/registry/criteria.gen';
import { catalogue } from '@/lib/registry/descriptors';
import { jobs } from '@/lib/registry/jobs.gen';

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const sentence = /^[A-Z{A-Za-z].{10,}[.]$/s;
/** What every sentence may name without a column of that name. */
const always = ['instance', 'cluster', 'database'];
const checkEntries = Object.entries(checks);
const jobEntries = Object.entries(jobs);
const criterionEntries = Object.entries(criteria);

describe('the catalogue of checks', () => {
  it('has the first dozen', () => {
    expect(checkEntries.length).toBeGreaterThanOrEqual(12);
  });

  it.each(checkEntries)('%s says what it is and why', (id, check) => {
    expect(id).toMatch(kebab);
    expect(check.title).not.toBe('');
    expect(check.why).toMatch(sentence);
    expect(check.source).toMatch(/^https:\/\/www\.postgresql\.org\/docs\/current\//);
    expect(check.everySeconds).toBeGreaterThanOrEqual(1);
    expect(Boolean(check.sql) !== Boolean(check.rowsFrom)).toBe(true);
    for (const need of check.needs ?? []) expect(need.mend.length).toBeGreaterThan(20);
  });

  it.each(checkEntries.filter(([, check]) => check.judge))(
    '%s says what to do at its findings, to somebody who is tired',
    (_id, { runbook }) => {
      for (const part of ['means', 'confirm', 'act', 'avoid'] as const) {
        expect(runbook?.[part], part).toMatch(/^.{20,}[.?]$/s);
      }
    },
  );

  it.each(checkEntries)(
    '%s has SQL for the oldest supported server, one clause a line, no statement but a select',
    (_id, check) => {
      if (!check.sql) return expect(check.rowsFrom).toMatch(kebab);
      expect(Math.min(...Object.keys(check.sql).map(Number))).toBeLessThanOrEqual(140_000);
      for (const sql of Object.values(check.sql)) {
        if (typeof sql !== 'string') expect(sql.unsupported).not.toBe('');
        else expect(sql.trim()).toMatch(/^(select|with)\b/);
      }
    },
  );

  it.each(checkEntries)('%s names only what it has', (_id, check) => {
    const names = new Set([...Object.keys(check.columns), ...Object.keys(check.ratios ?? {})]);
    for (const ratio of Object.values(check.ratios ?? {})) {
      for (const column of [...ratio.of, ...ratio.over]) expect(check.columns[column]?.role).toBe('counter');
    }
    for (const [name, column] of Object.entries(check.columns)) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      if (column.role === 'gauge' || column.role === 'counter') expect(units).toContain(column.unit);
    }
    for (const judge of check.judge ?? []) {
      const used = [...judge.sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
      for (const name of used) expect([...names, ...always]).toContain(name);
      expect(judge.warn ?? judge.crit).toBeTypeOf('number');
      if (judge.warn !== undefined && judge.crit !== undefined) {
        expect(judge.worse === 'above' ? judge.crit > judge.warn : judge.crit < judge.warn).toBe(true);
      }
    }
    for (const drawn of check.draw) for (const column of drawn.columns) expect(names).toContain(column);
    if (check.maxSeries) expect(names).toContain(check.maxSeries.by);
  });

  it.each(checkEntries)('%s is mended by kinds that take what it fills in', (_id, check) => {
    for (const fix of check.fixedBy ?? []) {
      const job = jobs[fix.job];
      expect(job, `job kind ${fix.job}`).toBeDefined();
      for (const field of Object.keys(fix.input))
        expect(Object.keys(job?.input.shape ?? {})).toContain(field);
    }
  });
});

describe('the catalogue of job kinds', () => {
  it.each(jobEntries)('%s says what it does, who may, and how to undo it or why not', (id, job) => {
    expect(id).toMatch(kebab);
    expect(job.summary).toMatch(sentence);
    expect(job.version).toBeGreaterThanOrEqual(1);
    expect(Object.keys(permissionRoles)).toContain(job.permission);
    expect(job.steps.length).toBeGreaterThan(0);
    expect(new Set(job.steps.map((step) => step.name)).size).toBe(job.steps.length);
    for (const step of job.steps) if (step.safety === 'probeable') expect(step.probe).toBeTypeOf('function');
    // What only reads answers, and nothing else does: its answer is kept for minutes.
    expect(job.answers !== undefined).toBe(job.risk === 'read');
    // A schedule is one person's word.
    if (job.twoPeople) expect([job.risk, job.schedulable]).toEqual(['high', undefined]);
    if ('none' in job.undo) expect(job.undo.none).toMatch(sentence);
    else expect(Object.keys(jobs)).toContain(job.undo.job);
  });

  it.each(jobEntries)(
    '%s has an input that is plain JSON and offers choices for fields it has',
    (id, job) => {
      const descriptor = catalogue.jobs.find((candidate) => candidate.id === id);
      expect(descriptor?.inputSchema.type).toBe('object');
      for (const [field, choice] of Object.entries(job.choices ?? {})) {
        expect(Object.keys(job.input.shape)).toContain(field);
        if (choice && 'check' in choice)
          expect(Object.keys(checks[choice.check]?.columns ?? {})).toContain(choice.column);
      }
    },
  );
});

describe('the catalogue of criteria', () => {
  it.each(criterionEntries)(
    '%s says its objective, why, and for how long its evidence holds',
    (id, criterion) => {
      expect(id).toMatch(kebab);
      expect(criterion.title).not.toBe('');
      expect(criterion.why).toMatch(sentence);
      expect(criterion.objective).not.toBe('');
      expect(units).toContain(criterion.unit);
      expect(criterion.expiresAfterSeconds).toBeGreaterThan(0);
      if (criterion.earnedBy) expect(Object.keys(jobs)).toContain(criterion.earnedBy);
    },
  );
});

describe('descriptors', () => {
  it('are the catalogue without its code', () => {
    expect(catalogue.checks.map(({ id }) => id)).toEqual(Object.keys(checks));
    expect(catalogue.jobs.map(({ id }) => id)).toEqual(Object.keys(jobs));
    expect(catalogue.criteria.map(({ id }) => id)).toEqual(Object.keys(criteria));
    expect(JSON.stringify(catalogue)).not.toContain('=>');
  });
});
