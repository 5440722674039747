// Writes what the portal knows of the API from its document, src/api/openapi.json: the types, src/api/schema.d.ts, and the scopes of
// systems, src/api/scopes.ts. Only the document is committed. Files are left alone when nothing changed: a build looks at their time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapi, { astToString } from 'openapi-typescript';

const document = JSON.parse(readFileSync(join(import.meta.dirname, 'src/api/openapi.json'), 'utf8'));
const note = '// Generated from openapi.json by `npm run types`.\n';

write('schema.d.ts', astToString(await openapi(document, { silent: true })));
const scopes = document['x-permissions'].filter(({ scope }) => scope).map(({ name }) => name);
write(
  'scopes.ts',
  `/** What a society's system may be allowed to do. */\nexport const scopes: readonly string[] = ${JSON.stringify(scopes)};\n`,
);

function write(name, text) {
  const file = join(import.meta.dirname, 'src/api', name);
  let before;
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    before = undefined;
  }
  if (before !== note + text) writeFileSync(file, note + text);
}
