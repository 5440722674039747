import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RuleTester } from 'eslint';
import { afterAll, describe, expect, it } from 'vitest';
import rule from './walls';

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.afterAll = afterAll;

const at = (filename, code) => ({ filename: `/portal/src/${filename}`, code });
const layer = [{ messageId: 'layer' }];
const inside = [{ messageId: 'inside' }];

new RuleTester().run('walls', rule, {
  valid: [
    at('ui/table.ts', "import { api } from '../api/client';"),
    at('features/home/mine/page.ts', "import { card } from '../../memberships';"),
    at('features/home/mine/page.ts', "import { card } from '../../memberships/index';"),
    at('features/home/mine/page.ts', "import { near } from '../public/nearby';"),
    at('features/home/routes.ts', "const load = () => import('./mine/page');"),
    at('app/router.ts', "import * as home from '../features/home/routes';"),
    at('app/watch.ts', "import { load } from '../features/account';"),
    at('ui/table.ts', "import { useState } from 'react';"),
    at('main.ts', "import { router } from './app/router';"),
  ],
  invalid: [
    { ...at('api/client.ts', "import { useNotices } from '../ui/notices';"), errors: layer },
    { ...at('ui/table.ts', "import { card } from '../features/memberships';"), errors: layer },
    { ...at('ui/table.ts', "import { router } from '../app/router';"), errors: layer },
    { ...at('features/home/mine/page.ts', "import { Layout } from '../../../app/layout';"), errors: layer },
    { ...at('features/home/mine/page.ts', "import { card } from '../../memberships/mine/card';"), errors: inside },
    { ...at('features/home/mine/page.ts', "import { routes } from '../../memberships/routes';"), errors: inside },
    { ...at('features/home/index.ts', "export { card } from '../memberships/mine/card';"), errors: inside },
    { ...at('features/home/index.ts', "export * from '../memberships/mine/card';"), errors: inside },
    { ...at('app/offline.ts', "const load = () => import('../features/home/mine/page');"), errors: inside },
  ],
});

/** The features that each feature imports. */
function graph(features) {
  const imports = new Map();
  for (const feature of readdirSync(features)) {
    const wanted = new Set();
    for (const entry of readdirSync(path.join(features, feature), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
      const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
      for (const [, source] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
        const [other] = path.relative(features, path.resolve(entry.parentPath, source)).split(path.sep);
        if (other !== feature && other !== '..') wanted.add(other);
      }
    }
    imports.set(feature, wanted);
  }
  return imports;
}

/** A way from a feature back to itself, if there is one. */
function circleIn(imports) {
  const search = (at, way) => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
    for (const next of imports.get(at) ?? []) {
      const circle = search(next, [...way, at]);
      if (circle) return circle;
    }
    return undefined;
  };
  for (const feature of imports.keys()) {
    const circle = search(feature, []);
    if (circle) return circle;
  }
  return undefined;
}

describe('features', () => {
  const imports = graph(path.join(import.meta.dirname, '../src/features'));

  it('a circle is found where there is one', () => {
    const made = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ]);
    expect(circleIn(made)).toEqual(['b', 'c', 'b']);
  });

  it('import each other in no circle', () => {
    expect([...imports.values()].some((wanted) => wanted.size > 0)).toBe(true);
    expect(circleIn(imports)).toBeUndefined();
  });
});
