export { ActivityCard } from './public/card';
export { organisationActivitiesQuery } from './manage/queries';
export { activityQuery } from './queries';
