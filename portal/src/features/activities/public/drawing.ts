/** A shape of a drawn cover, in a field of 160 by 90. */
export type Shape =
  | { shape: 'circle'; x: number; y: number; r: number; filled: boolean }
  | { shape: 'line'; x: number; y: number; x2: number; y2: number }
  | { shape: 'ellipse'; x: number; y: number; rx: number; ry: number; turn: number }
  | { shape: 'square'; x: number; y: number; side: number };

/** Numbers in [0, 1) that are always the same for one text (FNV-1a, then xorshift). */
function numbers(text: string): () => number {
  let state = 0x811c9dc5;
  for (const sign of text) state = Math.imul(state ^ (sign.codePointAt(0) ?? 0), 0x01000193);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Which of the grounds it has, from 0 to `grounds` - 1. */
export const groundOf = (id: string, grounds: number): number => Math.floor(numbers(id)() * grounds);

/**
 * What stands where an activity has no cover picture: a drawing that follows from its kind and its id, so that a list is easily told
 * apart and looks the same each time.
 */
export function drawing(kind: string, id: string): Shape[] {
  const next = numbers(`${kind} ${id}`);
  const between = (from: number, to: number) => from + next() * (to - from);
  switch (kind) {
    // People and what connects them.
    case 'ACADEMIC_MEETING': {
      const nodes = Array.from({ length: 9 }, (_, at) => ({
        x: 12 + (at % 3) * 52 + between(0, 32),
        y: 10 + Math.floor(at / 3) * 26 + between(0, 18),
      }));
      const lines = nodes.flatMap((a, at) =>
        nodes
          .slice(at + 1)
          .filter((b) => Math.hypot(a.x - b.x, a.y - b.y) < 52)
          .map((b): Shape => ({ shape: 'line', x: a.x, y: a.y, x2: b.x, y2: b.y })),
      );
      return [...lines, ...nodes.map(({ x, y }): Shape => ({ shape: 'circle', x, y, r: between(2, 5), filled: true }))];
    }
    // A voice that spreads.
    case 'LECTURE': {
      const [x, y] = [between(10, 40), between(60, 85)];
      return Array.from({ length: 8 }, (_, at): Shape => ({ shape: 'circle', x, y, r: 8 + at * 16, filled: at === 0 }));
    }
    // Bodies on their orbits.
    case 'POPULAR_SCIENCE': {
      const [x, y, turn] = [between(60, 100), between(38, 52), between(-30, 30)];
      const orbits = Array.from({ length: 4 }, (_, at): Shape => {
        const rx = 22 + at * 20;
        return { shape: 'ellipse', x, y, rx, ry: rx * 0.42, turn };
      });
      const bodies = Array.from({ length: 4 }, (_, at): Shape => {
        const rx = 22 + at * 20;
        const [angle, tilt] = [between(0, 2 * Math.PI), (turn * Math.PI) / 180];
        const [along, across] = [rx * Math.cos(angle), rx * 0.42 * Math.sin(angle)];
        return {
          shape: 'circle',
          x: x + along * Math.cos(tilt) - across * Math.sin(tilt),
          y: y + along * Math.sin(tilt) + across * Math.cos(tilt),
          r: between(2, 4),
          filled: true,
        };
      });
      return [{ shape: 'circle', x, y, r: 9, filled: true }, ...orbits, ...bodies];
    }
    // One step after the other.
    case 'TRAINING':
      return Array.from({ length: 8 }, (_, at) => at).flatMap((column) =>
        Array.from({ length: 1 + Math.floor((column / 8) * 4 + between(0, 1.6)) }, (_, row): Shape => {
          return { shape: 'square', x: 6 + column * 19, y: 72 - row * 17, side: 14 };
        }),
      );
    // Petals around a middle.
    default: {
      const [x, y, petals] = [between(60, 100), 45, 7 + Math.floor(between(0, 4))];
      return Array.from({ length: petals }, (_, at): Shape => {
        const angle = (at / petals) * 2 * Math.PI;
        return { shape: 'circle', x: x + 24 * Math.cos(angle), y: y + 24 * Math.sin(angle), r: 24, filled: false };
      });
    }
  }
}
