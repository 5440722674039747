import { describe, expect, test } from 'vitest';
import { drawing, groundOf } from './drawing';

const kinds = ['ACADEMIC_MEETING', 'LECTURE', 'POPULAR_SCIENCE', 'TRAINING', 'VOLUNTEERING'];

describe.each(kinds)('the drawing of %s', (kind) => {
  test('is the same each time, and another one for another activity', () => {
    const one = drawing(kind, '01a20048-a000-7d97-a1e1-40ca06d79d13');
    expect(one).toEqual(drawing(kind, '01a20048-a000-7d97-a1e1-40ca06d79d13'));
    expect(one).not.toEqual(drawing(kind, '01a20048-a007-7a89-9250-21e22cbb463a'));
    expect(one.length).toBeGreaterThan(4);
  });

  test('has numbers alone', () => {
    for (let id = 0; id < 200; id += 1)
      for (const shape of drawing(kind, String(id)))
        for (const value of Object.values(shape))
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  });
});

test('all grounds come up', () => {
  const grounds = new Set(Array.from({ length: 100 }, (_, id) => groundOf(String(id), 3)));
  expect([...grounds].sort()).toEqual([0, 1, 2]);
});
