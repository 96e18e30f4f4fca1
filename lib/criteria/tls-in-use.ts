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
  title: 'TLS in use',
  why: 'Without TLS passwords’ proofs and rows cross the network for everybody on the way to read and change.',
  domain: 'security',
  version: 1,
  level: 'ready',
  unit: 'count',
  counted: { one: 'login without TLS', many: 'logins without TLS' },
  objective: 'every login of the console connects by TLS',
  expiresAfterSeconds: 30 * 86_400,
  async evaluate(ctx) {
    const logins = await ctx.connections();
    if (logins.length === 0)
      return unknown('No login of any instance is stored. Give at least the watch login.');
    const named = logins.map((login) => ({
      ...login,
      name: `${login.purpose} on ${instanceName(ctx, login.instanceId)}`,
    }));
    const seen = named.flatMap((login) => (login.seen ? [{ ...login, ...login.seen }] : []));
    const links = seen
      .filter(({ purpose }) => purpose === 'watch')
      .map((login) =>
        checkLink(
          'connections',
          login.instanceId,
          `Connection to ${instanceName(ctx, login.instanceId)}`,
          login.observedAt,
        ),
      );
    const clear = seen.filter(({ tls }) => !tls);
    if (clear.length > 0) {
      const names = listed(clear.map(({ name }) => name));
      const sentence = `${counted(clear.length, 'login')} without TLS: ${names}. Turn ssl on at the server and set the instance’s TLS mode to verify-full.`;
      return fail(sentence, {
        links,
        observedAt: oldest(seen.map(({ observedAt }) => observedAt)),
        value: clear.length,
      });
    }
    const untried = named.filter(({ seen: last }) => last === null);
    if (untried.length > 0) {
      return unknown(
        `Never tried: ${listed(untried.map(({ name }) => name))}. Test the instance’s connection.`,
        { links },
      );
    }
    const lax = seen.filter(({ tlsMode }) => tlsMode === 'require').map(({ name }) => name);
    const note = lax.length > 0 ? ` The server’s certificate is not verified by ${listed(lax)}.` : '';
    return pass(`${counted(seen.length, 'login')} seen, all by TLS.${note}`, {
      links,
      observedAt: oldest(seen.map(({ observedAt }) => observedAt)),
      value: 0,
    });
  },
});
