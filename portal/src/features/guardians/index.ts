export { GuardianNeeded } from './mine/needed';
export { guardianshipQuery, needsGuardian } from './mine/queries';
