export { NextActivities } from './manage/next-activities';
export { reviewsQuery } from './manage/queries';
export { ActivityCard } from './public/card';
