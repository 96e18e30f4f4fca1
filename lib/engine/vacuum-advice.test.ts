import { expect, test } from 'vitest';
import { type VacuumFacts, vacuumAdvice } from '@/lib/engine/vacuum-advice';

const usual: VacuumFacts = {
  rows: 500_000,
  bytes: 1e8,
  enabled: true,
  vacuumScale: 0.2,
  vacuumThreshold: 50,
  vacuumMaxThreshold: undefined,
  insertScale: 0.2,
  analyzeScale: 0.1,
  inserted: 1_000_000,
  updatedOrDeleted: 400_000,
};

test('a table of usual size is well served by the server’s settings', () => {
  expect(vacuumAdvice(usual)).toBeUndefined();
});

test('a fifth of a hundred million rows is too much for one vacuum', () => {
  const advice = vacuumAdvice({ ...usual, rows: 100_000_000 });
  expect(advice?.reason).toContain('20,000,050 dead rows');
  expect(advice?.set).toEqual({
    autovacuum_vacuum_scale_factor: '0.005',
    autovacuum_vacuum_threshold: '10000',
    autovacuum_analyze_scale_factor: '0.01',
  });
  expect(
    vacuumAdvice({ ...usual, rows: 100_000_000, vacuumScale: 0.005, analyzeScale: 0.01 }),
  ).toBeUndefined();
});

test('rows that are only added need their pages frozen in small portions', () => {
  const advice = vacuumAdvice({ ...usual, rows: 50_000_000, updatedOrDeleted: 0, analyzeScale: 0.01 });
  expect(advice?.set).toEqual({ autovacuum_vacuum_insert_scale_factor: '0.04' });
});

test('autovacuum that is off for a table is to be switched on again', () => {
  expect(vacuumAdvice({ ...usual, enabled: false })).toMatchObject({
    reset: ['autovacuum_enabled'],
    set: {},
  });
  expect(vacuumAdvice({ ...usual, rows: 100, enabled: false })).toBeUndefined();
});
