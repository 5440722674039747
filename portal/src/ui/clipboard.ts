/**
 * Puts a text into the clipboard. `false`: the browser does not allow it, or the page has no secure address; the person copies by hand.
 * Nothing is sent, so this is no command.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
