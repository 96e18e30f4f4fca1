import { LoaderCircle } from 'lucide-react';
import Link from 'next/link';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger';
export type ButtonSize = 'normal' | 'small';

const looks: Record<ButtonLook, string> = {
  primary: 'border-transparent bg-accent text-accent-ink hover:bg-accent-strong',
  plain: 'border-edge/60 bg-surface text-ink hover:bg-sunken',
  quiet: 'border-transparent text-muted hover:bg-sunken hover:text-ink',
  danger: 'border-transparent bg-crit text-surface hover:brightness-110',
};

const sizes: Record<ButtonSize, string> = {
  normal: 'min-h-8 px-3 text-base',
  small: 'min-h-7 px-2 text-sm',
};

export function buttonClass(look: ButtonLook = 'plain', size: ButtonSize = 'normal', extra?: string): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap',
    'transition-colors disabled:cursor-not-allowed disabled:opacity-55',
    looks[look],
    sizes[size],
    extra,
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook;
  size?: ButtonSize;
  /** Shows that the act is on its way and takes no second click. */
  busy?: boolean;
  icon?: ReactNode;
}

export function Button({
  look,
  size,
  busy = false,
  icon,
  className,
  children,
  disabled,
  type,
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type ?? 'button'}
      className={buttonClass(look, size, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <LoaderCircle aria-hidden className="size-4 animate-spin" /> : icon}
      {children}
    </button>
  );
}

/** A square button with an icon only; `label` is read aloud and shown as its title. */
export function IconButton({ label, children, size = 'normal', ...rest }: ButtonProps & { label: string }) {
  return (
    <Button
      look="quiet"
      size={size}
      aria-label={label}
      title={label}
      {...rest}
      className={classNames('px-1.5', rest.className)}
    >
      {children}
    </Button>
  );
}

interface ButtonLinkProps {
  href: string;
  look?: ButtonLook;
  size?: ButtonSize;
  icon?: ReactNode;
  children: ReactNode;
  className?: string;
  title?: string;
}

/** Goes somewhere but looks like a button. */
export function ButtonLink({ href, look, size, icon, children, className, title }: ButtonLinkProps) {
  return (
    <Link href={href} prefetch={false} title={title} className={buttonClass(look, size, className)}>
      {icon}
      {children}
    </Link>
  );
}
