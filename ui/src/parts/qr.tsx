// A QR code, always dark on light: cameras expect it so.
import { useMemo } from "react";
import { encode } from "uqr";

export function Qr({ text, label, size = 132 }: { text: string; label: string; size?: number }) {
  const { path, side } = useMemo(() => {
    const { data, size: side } = encode(text, { ecc: "M", border: 2 });
    const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
    return { path, side };
  }, [text]);
  return (
    <svg width={size} height={size} viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shapeRendering="crispEdges" style={{ borderRadius: 8, flex: "none" }}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#101418" />
    </svg>
  );
}
