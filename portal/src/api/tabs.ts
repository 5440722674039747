/** Broadcasts sign-in and sign-out between the tabs of one browser. */
const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('session') : undefined;

/** Announces to the other tabs which account is signed in now; `null` after a sign-out. */
export function broadcastSession(accountId: string | null): void {
  channel?.postMessage({ accountId });
}

/** Subscribes to what other tabs announce. Returns how to unsubscribe. */
export function onSessionBroadcast(listen: (accountId: string | null) => void): () => void {
  const receive = ({ data }: MessageEvent<{ accountId: string | null }>) => listen(data.accountId);
  channel?.addEventListener('message', receive);
  return () => channel?.removeEventListener('message', receive);
}
