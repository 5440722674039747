import { useTranslation } from 'react-i18next';
import './demonstration.css';

/** Says that people and what they do are made up, where the gateway says so (`data-demonstration` of the page). */
export function Demonstration() {
  const { t } = useTranslation();
  if (!('demonstration' in document.documentElement.dataset)) return null;
  return <p className="demonstration">{t('demonstration')}</p>;
}
