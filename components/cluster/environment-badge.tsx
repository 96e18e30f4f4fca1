import { Badge } from '@/components/ui/status-mark';
import { namesProduction } from '@/lib/contract/clusters';

/** The environment of a cluster; where its name does not say what the cluster counts as, that too. */
export function EnvironmentBadge({ of }: { of: { environment: string; isProduction: boolean } }) {
  const { environment, isProduction } = of;
  return (
    <>
      <Badge>{environment}</Badge>
      {isProduction === namesProduction(environment) ? null : (
        <Badge>{isProduction ? 'counts as production' : 'not counted as production'}</Badge>
      )}
    </>
  );
}
