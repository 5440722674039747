// Runs before the first paint, so that the page does not flash in the wrong appearance: what was chosen on this device, otherwise
// what the system says. The names are those of src/ui/appearance.tsx and src/ui/i18n.ts.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem('appearance');
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.mode = dark ? 'dark' : 'light';
  if (localStorage.getItem('language') === 'en') root.lang = 'en';
})();
