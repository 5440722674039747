export { useCockpitFormat } from './manage/format';
export { Fresh } from './manage/meaning';
export { PeriodChoice, useRange } from './manage/period';
export { valuesQuery } from './manage/queries';
export type { Range } from './manage/range';
