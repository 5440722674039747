import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

/** Says why those who look from further up see names masked and no forms, and who sees them (PIPL art. 23). */
export function Above({
  text,
  organisation,
}: {
  text: 'review.above' | 'members.above';
  organisation?: string | undefined;
}) {
  const { t } = useTranslation('desk');
  return <Alert className="form-note" type="info" showIcon title={t(text, { organisation: organisation ?? '' })} />;
}
