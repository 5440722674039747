// What a visitor's browser loads before a public page stands: the entry, the page's own script, all they import, and the words
// of one language. Builds in memory, counts it as the gateway sends it, prints it and fails above the budget.
//
//     npm run budget
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';

/** Bytes of script, compressed. */
const BUDGET = 300_000;

/** The page of each public address, and the namespaces of the words it shows. */
const pages = {
  '/': ['features/home/public/page.tsx', ['home', 'activities']],
  '/organisations': ['features/organisations/public/list.tsx', ['organisations']],
  '/organisations/…': ['features/organisations/public/page.tsx', ['organisations', 'activities']],
  '/activities': ['features/activities/public/list.tsx', ['activities']],
  '/activities/…': ['features/activities/public/page.tsx', ['activities']],
  '/v/…': ['features/memberships/public/page.tsx', ['verification']],
  '/sign-in': ['features/account/public/sign-in.tsx', ['account']],
  '/sign-up': ['features/account/public/sign-up.tsx', ['account']],
};

const { output } = await build({ logLevel: 'error', build: { write: false } });
const chunks = new Map(output.filter(({ type }) => type === 'chunk').map((chunk) => [chunk.fileName, chunk]));

/** The gateway compresses as it sends, with brotli's quality 4. */
const sizes = new Map();
function sizeOf(name) {
  if (!sizes.has(name))
    sizes.set(
      name,
      brotliCompressSync(chunks.get(name).code, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }).length,
    );
  return sizes.get(name);
}

function chunkOf(module) {
  const found = [...chunks.values()].find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
  if (!found)
    throw new Error(`${module} is no file of its own any more: budget.mjs counts something else than it says`);
  return found.fileName;
}

function withImports(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name) || !chunks.has(name)) continue;
    seen.add(name);
    withImports(chunks.get(name).imports, seen);
  }
  return seen;
}

const entry = [...chunks.values()].find(({ isEntry }) => isEntry).fileName;
const kilo = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
let over = false;
for (const [address, [module, namespaces]] of Object.entries(pages)) {
  const words = ['app', ...namespaces].map((name) => chunkOf(`locales/zh/${name}.json`));
  const files = withImports([entry, chunkOf(module), chunkOf('antd/es/locale/zh_CN.js'), ...words]);
  const bytes = [...files].reduce((sum, name) => sum + sizeOf(name), 0);
  over ||= bytes > BUDGET;
  console.log(
    `${kilo(bytes)}  ${String(files.size).padStart(3)} files  ${address}${bytes > BUDGET ? '  OVER BUDGET' : ''}`,
  );
}
console.log(`${kilo(BUDGET)}  is the budget for each`);
if (over) process.exit(1);
