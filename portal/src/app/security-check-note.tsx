import { useTranslation } from 'react-i18next';
import { useSecurityCheck } from '../ui/security-check';
import './security-check.css';

/** Says, to the eye and to a screen reader, why something takes a moment longer than usual. */
export function SecurityCheckNote() {
  const { t } = useTranslation();
  const working = useSecurityCheck();
  return (
    <div role="status" className="security-check">
      {working && <p>{t('securityCheck')}</p>}
    </div>
  );
}
