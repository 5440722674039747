export { CaseTimeline } from './timeline';
