import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';

/** Enumerations of the contract whose values people read. */
export type EnumName =
  | 'ActivityKind'
  | 'ActivityState'
  | 'ApplicationFormEducation'
  | 'ApplicationState'
  | 'ClientKind'
  | 'LetterState'
  | 'CoverState'
  | 'LogoState'
  | 'ExportFailure'
  | 'ExportFormat'
  | 'ExportPurpose'
  | 'ExportState'
  | 'MembershipCategory'
  | 'MembershipState'
  | 'OrganisationKind'
  | 'OrganisationSubjectClass'
  | 'RegistrationState'
  | 'SuspensionGround';

/** A reader for whom some values have a word of their own: `RESIGNED_card` in the words. */
type Reader = 'card' | 'staff';

/** Words for the values of the contract's enumerations. They stand in one place, `enum` in `ui/locales`. */
export function useEnumLabel() {
  const { t } = useTranslation();
  return useCallback(
    <Name extends EnumName>(name: Name, value: Schema<Name>, reader?: Reader): string => {
      const key: string = `enum.${name}.${value}`;
      return reader ? t(key, { context: reader }) : t(key);
    },
    [t],
  );
}
