import { formatBytes, formatNumber } from '@/lib/base/format';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** 0: worth a thought; 1: a risk or a cost now; 2: data are at risk. */
export type Severity = 0 | 1 | 2;

export interface Advice {
  severity: Severity;
  advice: string;
  why: string;
}

export interface SettingReader {
  text(name: string): string | undefined;
  /** Numbers in bytes and seconds where the setting has such a unit; NaN where it is not known. */
  number(name: string): number;
}

export type SettingRule = (setting: SettingReader) => Advice | undefined;

const danger = (advice: string, why: string): Advice => ({ severity: 2, advice, why });
const risk = (advice: string, why: string): Advice => ({ severity: 1, advice, why });
const thought = (advice: string, why: string): Advice => ({ severity: 0, advice, why });
const mustBe =
  (name: string, wanted: string, advice: Advice): SettingRule =>
  (setting) =>
    setting.text(name) === wanted ? undefined : advice;

/**
 * What can be told from the server alone. It does not know the machine’s memory, disks or load, so sizes are a
 * thought at most; what puts data at risk or stops maintenance is judged.
 */
export const settingRules: Readonly<Record<string, SettingRule>> = {
  fsync: mustBe(
    'fsync',
    'on',
    danger('Turn it on now.', 'After a power cut or a crash of the system the data may be beyond repair.'),
  ),
  full_page_writes: mustBe(
    'full_page_writes',
    'on',
    danger('Turn it on now.', 'A page that was half written at a crash can’t be mended without it.'),
  ),
  zero_damaged_pages: mustBe(
    'zero_damaged_pages',
    'off',
    danger('Turn it off.', 'It empties each damaged page that is read: what could be saved is gone.'),
  ),
  ignore_checksum_failure: mustBe(
    'ignore_checksum_failure',
    'off',
    danger('Turn it off.', 'Damaged pages are used as if they were well, and damage spreads.'),
  ),
  data_sync_retry: mustBe(
    'data_sync_retry',
    'off',
    danger(
      'Turn it off.',
      'After a failed sync most systems drop the data; trying again only looks like success.',
    ),
  ),
  autovacuum: mustBe(
    'autovacuum',
    'on',
    danger(
      'Turn it on.',
      'Tables bloat, plans get worse, and in the end writes stop at transaction id wraparound.',
    ),
  ),
  track_counts: mustBe(
    'track_counts',
    'on',
    danger('Turn it on.', 'Autovacuum does not know what has changed, and does nothing.'),
  ),
  synchronous_commit: (setting) =>
    setting.text('synchronous_commit') === 'off'
      ? thought(
          'Turn it on, and off only in sessions whose last transactions may be lost.',
          'A crash loses what was committed in the last fraction of a second; nothing is damaged.',
        )
      : undefined,
  track_activities: mustBe(
    'track_activities',
    'on',
    risk('Turn it on.', 'Nobody can see what sessions do: neither blockers nor long transactions.'),
  ),
  password_encryption: mustBe(
    'password_encryption',
    'scram-sha-256',
    risk(
      'Set it to scram-sha-256 and let people set their passwords anew.',
      'MD5 passwords are easily guessed and are going away.',
    ),
  ),
  allow_system_table_mods: mustBe(
    'allow_system_table_mods',
    'off',
    risk('Turn it off.', 'A slip in a system catalog destroys the cluster.'),
  ),
  restart_after_crash: mustBe(
    'restart_after_crash',
    'on',
    thought(
      'Turn it on unless a cluster manager restarts it.',
      'After one crashed session the server stays down.',
    ),
  ),
  wal_level: (setting) =>
    setting.text('wal_level') === 'minimal'
      ? risk(
          'Set it to replica.',
          'With minimal there is neither an archive nor a standby: a backup is all there is.',
        )
      : undefined,
  max_connections: (setting) => {
    const most = setting.number('max_connections');
    if (most > 1000)
      return risk(
        'Use a pooler and a few hundred at most.',
        'Each connection costs memory and makes every snapshot slower.',
      );
    return most > 300
      ? thought('Think of a pooler.', 'More sessions than processors wait for each other.')
      : undefined;
  },
  shared_buffers: (setting) =>
    setting.number('shared_buffers') <= 128 * MiB
      ? thought(
          'A quarter of the machine’s memory is usual.',
          '128 MB is the default, meant to start anywhere.',
        )
      : undefined,
  effective_cache_size: (setting) =>
    setting.number('effective_cache_size') < setting.number('shared_buffers')
      ? thought(
          'Set it to about three quarters of the memory.',
          'The planner takes indexes for dearer than they are.',
        )
      : undefined,
  work_mem: (setting) => {
    const each = setting.number('work_mem') * (setting.number('hash_mem_multiplier') || 1);
    const worst = each * setting.number('max_connections');
    return worst > 4 * Math.max(setting.number('shared_buffers'), GiB)
      ? thought(
          `One such node in each of ${formatNumber(setting.number('max_connections'))} sessions takes ${formatBytes(worst)}: see that it fits beside shared_buffers.`,
          'Memory that is not there makes the system kill the server.',
        )
      : undefined;
  },
  maintenance_work_mem: (setting) =>
    setting.number('maintenance_work_mem') <= 64 * MiB
      ? thought('256 MB to 1 GB is usual.', 'Index builds and vacuums of large tables need fewer passes.')
      : undefined,
  max_wal_size: (setting) =>
    setting.number('max_wal_size') < 4 * GiB
      ? thought(
          'If checkpoints come before their time, make it larger: some GB are usual.',
          'Each checkpoint makes the next changes log whole pages.',
        )
      : undefined,
  checkpoint_timeout: (setting) => {
    const seconds = setting.number('checkpoint_timeout');
    if (seconds < 60)
      return risk(
        'Set it to 5 to 15 minutes.',
        'Checkpoints without a pause write every page again and again.',
      );
    return seconds > 3600
      ? thought('15 to 30 minutes is usual.', 'Recovery after a crash replays all WAL since the last one.')
      : undefined;
  },
  checkpoint_completion_target: (setting) =>
    setting.number('checkpoint_completion_target') < 0.9
      ? thought('Set it to 0.9.', 'Writing is spread over the whole time between two checkpoints.')
      : undefined,
  random_page_cost: (setting) =>
    setting.number('random_page_cost') >= 4
      ? thought(
          'On solid-state or network storage set it to about 1.1.',
          'The default is that of a spinning disk and keeps the planner from indexes.',
        )
      : undefined,
  track_io_timing: mustBe(
    'track_io_timing',
    'on',
    thought('Turn it on; pg_test_timing tells its cost.', 'Without it nobody knows how long reads take.'),
  ),
  idle_in_transaction_session_timeout: (setting) =>
    setting.number('idle_in_transaction_session_timeout') === 0
      ? thought(
          'Set it to some minutes.',
          'A forgotten transaction holds locks and keeps dead rows for ever.',
        )
      : undefined,
  jit: (setting) =>
    setting.text('jit') === 'on'
      ? thought(
          'With many short statements try it off; compare jit_generation_time in pg_stat_statements.',
          'Compiling may take longer than the statement, above all on partitioned tables.',
        )
      : undefined,
  log_lock_waits: mustBe(
    'log_lock_waits',
    'on',
    thought('Turn it on.', 'Waits longer than deadlock_timeout are then in the log, with the blocker.'),
  ),
  log_checkpoints: mustBe(
    'log_checkpoints',
    'on',
    thought('Turn it on.', 'One line each tells why it came and how long it took.'),
  ),
  log_temp_files: (setting) =>
    setting.number('log_temp_files') < 0
      ? thought('Set it to 10MB.', 'The log then names the statements that sort on disk.')
      : undefined,
  log_autovacuum_min_duration: (setting) =>
    setting.number('log_autovacuum_min_duration') < 0
      ? thought(
          'Set it to 1min.',
          'The log then tells which vacuums are long, and what they could not remove.',
        )
      : undefined,
  max_slot_wal_keep_size: (setting) =>
    setting.number('max_slot_wal_keep_size') < 0
      ? thought(
          'Set it to what the disk can spare.',
          'A slot whose reader is gone keeps WAL until the disk is full.',
        )
      : undefined,
};

/** The planner’s methods: one that is off for the whole server is a leftover of somebody’s experiment. */
const planner =
  /^enable_(seqscan|indexscan|indexonlyscan|bitmapscan|nestloop|hashjoin|mergejoin|hashagg|sort|material|memoize)$/;

/** The rule of a switch of the planner; undefined for other settings. */
export function plannerRule(name: string): SettingRule | undefined {
  if (!planner.test(name)) return undefined;
  const advice = risk(
    'Turn it on; set it off in one session or transaction where a plan must be forced.',
    'Every statement of the server has to do without this method.',
  );
  return mustBe(name, 'on', advice);
}
