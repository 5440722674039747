// Writes the types of the API, src/api/schema.d.ts, from its document, src/api/openapi.json. Only the document is committed. The
// file is left alone when nothing changed: a build looks at the time of its sources.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapi, { astToString } from 'openapi-typescript';

const document = JSON.parse(readFileSync(join(import.meta.dirname, 'src/api/openapi.json'), 'utf8'));
const types = join(import.meta.dirname, 'src/api/schema.d.ts');

const written = `// Generated from openapi.json by \`npm run types\`.\n${astToString(await openapi(document, { silent: true }))}`;

let before;
try {
  before = readFileSync(types, 'utf8');
} catch {
  before = undefined;
}
if (before !== written) writeFileSync(types, written);
