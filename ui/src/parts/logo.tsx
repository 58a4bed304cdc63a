// The mark of the app.
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <defs>
        <linearGradient id="sea" x1="0" y1="0" x2="0.6" y2="1">
          <stop offset="0" stopColor="#23b5a8" />
          <stop offset="1" stopColor="#1257a8" />
        </linearGradient>
      </defs>
      <rect width="32" height="32" rx="8" fill="url(#sea)" />
      <g fill="none" stroke="#fff" strokeLinecap="round" strokeLinejoin="round">
        <path d="M16 6v11M11.2 12.4l4.8 4.8 4.8-4.8" strokeWidth="2.7" />
        <path d="M6.5 24c2.4 0 3.2-1.6 4.75-1.6S13.6 24 16 24s3.2-1.6 4.75-1.6S23.1 24 25.5 24" strokeWidth="2.3" />
      </g>
    </svg>
  );
}
