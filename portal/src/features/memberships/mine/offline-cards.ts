import type { Schema } from '../../../api/client';
import { shelf } from '../../../api/offline-store';

/** Member cards that were opened here. */
export const keptCards = shelf<Schema<'MembershipCard'>>('cards', ({ membership }) => membership?.membershipId);
