import type { Schema } from '../../../api/client';
import { offlineStore } from '../../../api/offline-store';

/** Member cards that were opened here. */
export const offlineCards = offlineStore<Schema<'MembershipCard'>>(
  'cards',
  ({ membership }) => membership?.membershipId,
);
