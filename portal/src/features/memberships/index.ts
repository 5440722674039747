export { offlineCards } from './mine/offline-cards';
export { membershipsQuery } from './mine/queries';
