/** A key alone, pressed while nothing is being written or chosen elsewhere. */
export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.closest('textarea, select, [role="combobox"], [role="dialog"], [contenteditable="true"]')) return false;
  return !(target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio');
}
