import { useTranslation } from 'react-i18next';
import type { Schema } from '../../api/client';
import { useWords } from './words';

type Change = Schema<'FormChange'>;

/** Whether answers can be lost by it. */
export const loses = ({ kind }: Change) => kind === 'REMOVED' || kind === 'RETYPED' || kind === 'NARROWED';

/** What differs between two versions of a form, a line for each field. */
export function FormChanges({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation('forms');
  const words = useWords();
  return (
    <ul>
      {changes.map((change) => (
        <li key={change.key}>
          {t(`change.${change.kind}`, { title: words({ zh: change.titleZh, en: change.titleEn }) || change.key })}
        </li>
      ))}
    </ul>
  );
}
