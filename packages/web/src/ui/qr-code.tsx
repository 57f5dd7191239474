/** A QR code, drawn as one path. */
import { encode } from "uqr";

/** In modules; scanners want it (ISO/IEC 18004, 5.3.8). */
const border = 4;

export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { data, size } = encode(text, { border });
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={data.flatMap(rowPath).join("")} />
    </svg>
  );
}

/** A square for each dark module. */
function rowPath(row: readonly boolean[], y: number): string[] {
  return row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []));
}
