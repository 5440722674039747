export { AnswersView } from './answers-view';
export { AttachmentsOf } from './attachments';
export { carry, evaluate, isNone, type Bound } from './evaluate';
export { definitionOf, fieldsOf, type Answers, type Definition } from './definition';
export { FormChanges } from './changes';
export { FormFiller, leadTo } from './filler';
export { RegistrationAnswers } from './registration-answers';
export { applicationFormQuery, formChangesQuery, registrationFormQuery } from './queries';
export { todayInChina } from './words';
