/** What the tabs of one browser tell each other: somebody signed in, or nobody is any more. */
const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('session') : undefined;

/** Tells the other tabs who is signed in now; `null` is nobody. */
export function broadcastSession(accountId: string | null): void {
  channel?.postMessage({ accountId });
}

/** Hears it from the other tabs. Returns how to stop. */
export function onSessionBroadcast(listen: (accountId: string | null) => void): () => void {
  const receive = ({ data }: MessageEvent<{ accountId: string | null }>) => listen(data.accountId);
  channel?.addEventListener('message', receive);
  return () => channel?.removeEventListener('message', receive);
}
