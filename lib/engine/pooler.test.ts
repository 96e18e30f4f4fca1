import { expect, test } from 'vitest';
import { adviceFor } from '@/lib/engine/pooler';

const pool = {
  ...{
    pool_mode: 'transaction',
    active: 10,
    waiting: 0,
    serversActive: 10,
    servers: 10,
    poolSize: 20,
    mayOpen: 20,
  },
  usableConnections: 97,
};

test('advice on a pool says which limit holds it', () => {
  expect(adviceFor(pool)).toBeNull();
  expect(adviceFor({ ...pool, waiting: 3 })).toContain('only 10 of 20 connections are open');
  const full = { ...pool, waiting: 3, serversActive: 20, servers: 20 };
  expect(adviceFor(full)).toContain('Raise pool_size');
  expect(adviceFor({ ...full, mayOpen: 200 })).toContain('do not raise pool_size');
  expect(adviceFor({ ...full, serversActive: 19 })).toContain('look again');
  expect(adviceFor({ ...pool, mayOpen: 200 })).toContain(
    'may open 200 connections together, the server takes 97',
  );
  expect(adviceFor({ ...pool, pool_mode: 'session' })).toContain('transaction mode would let them share');
});
