import type { ComponentType } from 'react';
import type { RouteObject } from 'react-router';
import { loadNamespaces } from './i18n';
import { Loading } from './states';

/** The part of a route that loads a page on its first visit, together with the words of the namespaces it shows. */
export function lazyPage(
  namespaces: readonly string[],
  load: () => Promise<ComponentType>,
): Pick<RouteObject, 'lazy' | 'hydrateFallbackElement'> {
  return {
    lazy: async () => {
      const [Component] = await Promise.all([load(), loadNamespaces(namespaces)]);
      return { Component };
    },
    hydrateFallbackElement: <Loading rows={12} />,
  };
}
