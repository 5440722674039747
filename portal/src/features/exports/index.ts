export { ExportButton } from './manage/export-button';
