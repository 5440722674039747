import path from 'node:path';

/** Where a file of `src` belongs: its layer, its feature, and the rest of its path without the ending. */
function placeOf(file) {
  const [, inside] = file.replaceAll('\\', '/').split(/\/src\/(?=(?:api|ui|app|features)\/)/);
  if (!inside) return undefined;
  const [layer, ...rest] = inside.replace(/\.tsx?$/, '').split('/');
  return layer === 'features' ? { layer, feature: rest[0], file: rest.slice(1).join('/') || 'index' } : { layer };
}

/** Layers a layer may import, itself included. */
const below = {
  api: ['api'],
  ui: ['api', 'ui'],
  features: ['api', 'ui', 'features'],
  app: ['api', 'ui', 'features', 'app'],
};

/** What an import breaks: the name of a message, or nothing. */
function breach(from, to) {
  if (!below[from.layer].includes(to.layer)) return 'layer';
  if (to.layer !== 'features') return undefined;
  if (from.layer === 'features') return from.feature === to.feature || to.file === 'index' ? undefined : 'inside';
  return to.file === 'index' || to.file === 'routes' ? undefined : 'inside';
}

/**
 * The walls of the portal: `api` and `ui` know no feature, a feature knows others by their `index.ts` alone, and `app` puts features
 * together by `index.ts` and `routes.ts`.
 */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      layer: '`{{from}}` does not import `{{to}}`.',
      inside: 'Import `features/{{feature}}` by its index.ts: what is inside is its own.',
    },
  },
  create(context) {
    const from = placeOf(context.filename);
    if (!from) return {};
    const check = (source) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
      const to = placeOf(path.resolve(path.dirname(context.filename), source.value));
      const messageId = to && breach(from, to);
      if (messageId)
        context.report({
          node: source,
          messageId,
          data: { from: from.layer, to: to.layer, feature: to.feature ?? '' },
        });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
    };
  },
};
