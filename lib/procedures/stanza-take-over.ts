import type { PlanContext, PlanDraft, StanzaRecord } from '@/lib/engine/define-job';
import { foreignSchedules, nothingToAdopt } from '@/lib/procedures/stanza-adopt';

export type TakeOverParams = { stanza: string; configFile: string };

/** The dry run of a hand-over: from then on the console keeps and expires. Nothing else may do so beside it. */
export async function planTakeOver(ctx: PlanContext): Promise<PlanDraft<TakeOverParams>> {
  const stanza = await ctx.stanza();
  const blockers: PlanDraft['blockers'] = stanza ? adoptedOnly(stanza) : [nothingToAdopt];
  for (const { file, line } of foreignSchedules()) {
    blockers.push({
      message: `Somebody else’s schedule would go on taking and expiring backups: ${file}: ${line}`,
      next: 'Remove that line first: two owners of one retention expire each other’s backups.',
    });
  }
  const retention = (stanza?.repositories ?? []).map(({ ordinal, options }) => [
    ordinal,
    JSON.stringify(options.retention ?? {}),
  ]);
  return {
    summary: `Hand the stanza ${stanza?.name ?? '(none)'} over to the console: it takes the backups and its policy of retention applies.`,
    acts: [
      { step: 'take-over', argv: ['own', stanza?.name ?? '', String(stanza?.configPath)], as: 'the console' },
    ],
    params: { stanza: stanza?.name ?? '', configFile: stanza?.configPath ?? '' },
    warnings: [
      'Retention that stands in its configuration applies no more to what the console does; the console’s policy does. Look at its preview before the first expiry.',
    ],
    blockers,
    estimates: [],
    tables: [
      {
        title: 'Retention that ends',
        columns: ['repository', 'options'],
        rows: retention as [number, string][],
      },
    ],
  };
}

function adoptedOnly(stanza: StanzaRecord): PlanDraft['blockers'] {
  if (stanza.configPath !== null && stanza.state === 'active' && !stanza.isManaged) return [];
  return [
    {
      message: `The stanza ${stanza.name} is no adopted one: there is nothing to hand over.`,
      next: 'Adopt it first.',
    },
  ];
}
