export { followReturnAddress, safeReturnAddress } from './public/return-address';

/** The dialogue that asks for a new sign-in on top of the page; loaded when a session ends. */
export const loadSessionEnded = async () => (await import('./public/session-ended')).SessionEnded;
