// The store lies lower, where lib/auth may use it too; routes and the event hub take it from here.
export { closeWebStore, uncheckedWebStore, webEnv, webStore } from '@/lib/store/web-store';
