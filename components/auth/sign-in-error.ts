import { formatDuration } from '@/lib/base/format';

export interface SignInError {
  title: string;
  next: string;
}

/** What a code of the sign-in means for the person in front of it. Unknown codes are never shown as they are. */
export function signInError(code: string): SignInError {
  const waitSeconds = /^too-many:(\d{1,5})$/.exec(code)?.[1];
  if (waitSeconds !== undefined) {
    return {
      title: 'Too many wrong passwords from here.',
      next: `Wait ${formatDuration(Math.max(60, Number(waitSeconds)))} and try again. A browser that you have signed in from before does not have to wait.`,
    };
  }
  if (code === 'CredentialsSignin') {
    return {
      title: 'The e-mail address or the password is not right.',
      next: 'Check both, caps lock too. A person with the role dba can give you a new password under Administration → People.',
    };
  }
  if (code === 'SessionRequired' || code === 'ended') {
    return { title: 'Your session has ended.', next: 'Sign in again to go on where you were.' };
  }
  return {
    title: 'Signing in does not work at this moment.',
    next: 'Wait a minute and try again; if it stays so, the log of the web process says why.',
  };
}
