import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest; begun last, one of them would run alone at the end. */
const longest = ['pages.test.ts', 'clicks.test.ts'];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.indexOf(basename(moduleId));
      return place < 0 ? longest.length : place;
    };
    return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other)));
  }
}

// Against a running platform, in a real browser; `./cast test browser` starts both. Two files at a time, each with a browser of its
// own: a page waits for the platform and the platform for the page, so that one alone leaves half of two cores idle.
export default defineConfig({
  test: {
    include: ['browser/**/*.test.ts'],
    environment: 'node',
    maxWorkers: 2,
    maxConcurrency: 2,
    sequence: { sequencer: LongestFirst },
    // A walk by click takes half a minute alone; other windows and other work share the cores. Each step has its own, shorter limit.
    testTimeout: 360_000,
    hookTimeout: 60_000,
    bail: 0,
  },
});
