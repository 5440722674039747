export { keptTickets, usable } from './mine/offline-tickets';
export { useTicketsAtHand } from './mine/prefetch-tickets';
export { myRegistrationsQuery, upcoming } from './mine/queries';
