import { useTranslation } from 'react-i18next';
import { useTitle } from '../../../ui/sheet';
import './accessibility.css';

interface Part {
  title: string;
  text: string[];
}

/** The accessibility statement: aims, known shortcomings, contact. */
export function Accessibility() {
  const { t } = useTranslation('accessibility');
  useTitle(t('title'));
  return (
    <article className="plain">
      <h1>{t('title')}</h1>
      <p>{t('lead')}</p>
      {(t('parts', { returnObjects: true }) as Part[]).map((part) => (
        <section key={part.title}>
          <h2>{part.title}</h2>
          <ul>
            {part.text.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      ))}
    </article>
  );
}
