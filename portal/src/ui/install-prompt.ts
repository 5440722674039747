/** What Chromium offers when a site can be put on the home screen (WICG manifest-incubations). */
interface InstallOffer extends Event {
  prompt: () => Promise<unknown>;
}

let installPrompt: InstallOffer | undefined;
const listeners = new Set<() => void>();

function change(to: InstallOffer | undefined): void {
  installPrompt = to;
  listeners.forEach((listen) => listen());
}

/** The browser offers once, early: the offer is kept from the start of the portal on. */
export function captureInstallPrompt(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    // The browser's own bar would come unasked, on the first visit.
    event.preventDefault();
    change(event as InstallOffer);
  });
  window.addEventListener('appinstalled', () => change(undefined));
}

export const canInstall = (): boolean => installPrompt !== undefined;

export function onInstallChange(listen: () => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** Shows the browser's question; each offer can be used once. */
export async function install(): Promise<void> {
  const asked = installPrompt;
  change(undefined);
  await asked?.prompt();
}
