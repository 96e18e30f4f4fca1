import {
  checkLink,
  counted,
  fail,
  instanceName,
  listed,
  oldest,
  pass,
  unknown,
} from '@/lib/engine/criterion-verdict';
import { defineCriterion } from '@/lib/engine/define-criterion';

export default defineCriterion({
  title: 'Watch login is no superuser',
  why: 'Watching needs pg_monitor and nothing more: a superuser’s password that leaks is the whole server.',
  domain: 'security',
  version: 1,
  level: 'sound',
  unit: 'count',
  counted: { one: 'superuser', many: 'superusers' },
  objective: 'no watch login is a superuser',
  expiresAfterSeconds: 30 * 86_400,
  async evaluate(ctx) {
    const watch = (await ctx.connections()).filter(({ purpose }) => purpose === 'watch');
    const without = ctx.instances.filter(({ id }) => !watch.some(({ instanceId }) => instanceId === id));
    const seen = watch.flatMap((login) => (login.seen ? [{ ...login, ...login.seen }] : []));
    const links = seen.map((login) =>
      checkLink(
        'connections',
        login.instanceId,
        `Watch login ${login.username} on ${instanceName(ctx, login.instanceId)}`,
        login.observedAt,
      ),
    );
    const mighty = seen.filter(({ superuser }) => superuser);
    if (mighty.length > 0) {
      const names = listed(
        mighty.map(({ username, instanceId }) => `${username} on ${instanceName(ctx, instanceId)}`),
      );
      const sentence = `A superuser watches: ${names}. Run the watch login’s GRANT script and give that login instead.`;
      return fail(sentence, {
        links,
        observedAt: oldest(seen.map(({ observedAt }) => observedAt)),
        value: mighty.length,
      });
    }
    if (ctx.instances.length === 0)
      return unknown('The cluster has no instance that is watched. Add its primary.');
    const untried = [
      ...without.map(({ id }) => id),
      ...watch.filter((login) => !login.seen).map(({ instanceId }) => instanceId),
    ];
    if (untried.length > 0) {
      const names = listed(untried.map((id) => instanceName(ctx, id)));
      return unknown(`The watch login of ${names} was never tried. Test the instance’s connection.`, {
        links,
      });
    }
    return pass(`${counted(seen.length, 'watch login')} seen, none a superuser.`, {
      links,
      observedAt: oldest(seen.map(({ observedAt }) => observedAt)),
      value: 0,
    });
  },
});
