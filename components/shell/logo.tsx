/** A plumb line: what hangs straight is measured, not said. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 16 16" className={className} fill="none">
      <path d="M3 1.5h10M8 1.5V9" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
      <path d="M8 15 5.6 10.2a.8.8 0 0 1 .7-1.2h3.4a.8.8 0 0 1 .7 1.2L8 15Z" fill="var(--accent)" />
    </svg>
  );
}
