import js from '@eslint/js';
import accessibility from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import typescript from 'typescript-eslint';
import effect from './lint/effect.js';
import walls from './lint/walls.js';

export default defineConfig(
  globalIgnores(['dist', 'src/api/schema.d.ts', 'src/api/scopes.ts']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [typescript.configs.strictTypeChecked, hooks.configs.flat.recommended, accessibility.flatConfigs.strict],
    plugins: { portal: { rules: { effect, walls } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'portal/effect': 'error',
      'portal/walls': 'error',
      // `onClick={() => show(true)}` is how handlers are written here; effects have a rule of their own.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Tables and lists that scroll have to be reachable with the keyboard.
      'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: [], roles: ['tabpanel', 'region'] }],
      // Keys are heard on the list for all the buttons in it.
      'jsx-a11y/no-noninteractive-element-interactions': [
        'error',
        { handlers: ['onClick', 'onMouseDown', 'onMouseUp'] },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    // A test that finds nothing where something has to be may well end there.
    files: ['browser/**', '**/*.test.{ts,tsx}'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly' },
    },
  },
  {
    // They run in the browser as they are.
    files: ['public/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: {
        AbortSignal: 'readonly',
        caches: 'readonly',
        document: 'readonly',
        fetch: 'readonly',
        localStorage: 'readonly',
        matchMedia: 'readonly',
        self: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
