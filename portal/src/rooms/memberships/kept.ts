import type { Schema } from '../../api/client';

const KEY = 'member-cards';

/** Cards that stay readable without a network. They leave the device when the person signs out. */
export function keptCards(): Schema<'MembershipCard'>[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? (kept as Schema<'MembershipCard'>[]) : [];
  } catch {
    return [];
  }
}

export function keepCard(card: Schema<'MembershipCard'>): void {
  const others = keptCards().filter((other) => other.membership?.membershipId !== card.membership?.membershipId);
  localStorage.setItem(KEY, JSON.stringify([card, ...others].slice(0, 20)));
}

/** Only what this person still holds stays. */
export function keepOnly(membershipIds: readonly string[]): void {
  const left = keptCards().filter(({ membership }) => membershipIds.includes(membership?.membershipId ?? ''));
  localStorage.setItem(KEY, JSON.stringify(left));
}

export function forgetCards(): void {
  localStorage.removeItem(KEY);
}
