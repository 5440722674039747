import qrcode from 'qrcode-generator';
import { useMemo } from 'react';
import { colours } from './tokens';

const { ink, paper } = colours.light;

/** A QR code drawn in the browser: its content is sent nowhere. Dark on white in both appearances, as cameras expect it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => draw(text), [text]);
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <rect width={size} height={size} fill={paper} />
      <path d={path} fill={ink} />
    </svg>
  );
}

/** Four modules of quiet zone, as the standard (ISO/IEC 18004) asks. */
export function draw(text: string): { path: string; size: number } {
  const code = qrcode(0, 'L');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const steps: string[] = [];
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) steps.push(`M${column + 4} ${row + 4}h1v1h-1z`);
    }
  }
  return { path: steps.join(''), size: count + 8 };
}
