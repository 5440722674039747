export { queueQuery } from './manage/queries';
export { myApplicationsQuery, writable } from './queries';
