import { defineJob, type StepContext } from '@/lib/engine/define-job';
import {
  planSignal,
  type SignalInput,
  type SignalParams,
  signalInput,
} from '@/lib/procedures/session-signal-plan';
import { noteAfter, noteBefore, sendSignal, wasSent } from '@/lib/procedures/session-signal-run';

type Context = StepContext<SignalInput, SignalParams>;

export default defineJob({
  title: 'End a session',
  summary:
    'Ends one session, or everybody who waits behind it: its transaction is rolled back, its locks are free, its client has to connect again.',
  version: 1,
  risk: 'low',
  permission: 'signal-session',
  as: 'operate',
  runsOn: 'any',
  locks: ({ pid }, target) => [`session:${target.instanceId}:${pid}`],
  input: signalInput,
  plan: (ctx, given) => planSignal(ctx, 'terminate', given),
  steps: [
    {
      name: 'before',
      title: 'Note who is hit and who waits',
      safety: 'pure',
      run: (ctx: Context) => noteBefore(ctx),
    },
    {
      name: 'signal',
      title: 'Send the signal',
      safety: 'probeable',
      run: (ctx: Context) => sendSignal(ctx, 'terminate'),
      probe: (ctx: Context) => wasSent(ctx, 'terminate'),
    },
    {
      name: 'after',
      title: 'Wait until it has stopped, and see who waits still',
      safety: 'pure',
      run: (ctx: Context) => noteAfter(ctx, 'terminate'),
    },
  ],
  undo: { none: 'What the session had not committed is gone; its client can connect and do it again.' },
});
