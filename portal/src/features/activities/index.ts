export { NextActivities } from './manage/next-activities';
export { ActivityCard } from './public/card';
