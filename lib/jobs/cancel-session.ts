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
  title: 'Cancel a session’s statement',
  summary:
    'Stops what one session runs now, or what everybody runs who waits behind it; the sessions and their connections stay.',
  version: 1,
  risk: 'low',
  permission: 'signal-session',
  as: 'operate',
  runsOn: 'any',
  locks: ({ pid }, target) => [`session:${target.instanceId}:${pid}`],
  input: signalInput,
  plan: (ctx, given) => planSignal(ctx, 'cancel', given),
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
      run: (ctx: Context) => sendSignal(ctx, 'cancel'),
      probe: (ctx: Context) => wasSent(ctx, 'cancel'),
    },
    {
      name: 'after',
      title: 'Wait until it has stopped, and see who waits still',
      safety: 'pure',
      run: (ctx: Context) => noteAfter(ctx, 'cancel'),
    },
  ],
  undo: { none: 'A statement that was cancelled is rolled back; whoever sent it can send it again.' },
});
