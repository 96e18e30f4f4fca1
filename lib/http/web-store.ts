import * as web from '@/lib/store/web-store';

/** The web process's own database and environment: kept below, where lib/auth reaches them; taken from here by routes. */
export const webStore = web.webStore;
export const webEnv = web.webEnv;
