export { offlineTickets, usableTickets } from './mine/offline-tickets';
export { usePrefetchedTickets } from './mine/prefetch-tickets';
export { myRegistrationsQuery, upcoming } from './mine/queries';
