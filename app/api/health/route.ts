import { healthRoute } from '@/lib/http/health-route';

export const dynamic = 'force-dynamic';

export const GET = healthRoute;
