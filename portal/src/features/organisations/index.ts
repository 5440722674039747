export { OrganisationChooser } from './manage/chooser';
