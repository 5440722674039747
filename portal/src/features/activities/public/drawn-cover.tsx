import { drawing, groundOf, type Shape } from './drawing';
import './drawn-cover.css';

/** A drawing in the place of a cover picture. It says nothing that the words beside it do not. */
export function DrawnCover({ activityId, kind }: { activityId: string; kind: string }) {
  return (
    <svg
      className={`cover drawn-cover drawn-ground-${String(groundOf(activityId, 3))}`}
      viewBox="0 0 160 90"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden
    >
      {drawing(kind, activityId).map((shape, at) => (
        <One key={at} {...shape} />
      ))}
    </svg>
  );
}

function One(one: Shape) {
  switch (one.shape) {
    case 'circle':
      return <circle className={one.filled ? 'drawn-body' : 'drawn-line'} cx={one.x} cy={one.y} r={one.r} />;
    case 'line':
      return <line className="drawn-line" x1={one.x} y1={one.y} x2={one.x2} y2={one.y2} />;
    case 'ellipse':
      return (
        <ellipse
          className="drawn-line"
          cx={one.x}
          cy={one.y}
          rx={one.rx}
          ry={one.ry}
          transform={`rotate(${String(one.turn)} ${String(one.x)} ${String(one.y)})`}
        />
      );
    case 'square':
      return <rect className="drawn-body" x={one.x} y={one.y} width={one.side} height={one.side} rx={2} />;
  }
}
