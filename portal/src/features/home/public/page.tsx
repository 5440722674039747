import { ArrowRightOutlined, SearchOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useMe } from '../../../api/me';
import { SearchField } from '../../../ui/controls';
import { useTitle } from '../../../ui/sheet';
import { UpcomingActivities } from './upcoming';
import './home.css';

/** What it is, find a society, what is on near me, and who else finds something here. */
export function Home() {
  const { t } = useTranslation('home');
  const { t: word } = useTranslation();
  const navigate = useNavigate();
  const me = useMe();
  const [typed, setTyped] = useState('');
  useTitle(word('brandLine'));
  return (
    <>
      <section className="hero">
        <h1>{t('title')}</h1>
        <p>{t('lead')}</p>
        <div className="hero-search">
          <SearchField
            value={typed}
            onChange={setTyped}
            label={t('searchLabel')}
            placeholder={t('searchPlaceholder')}
            action={
              <>
                <SearchOutlined aria-hidden />
                <span className="search-word">{t('search')}</span>
              </>
            }
            onSearch={(query) =>
              void navigate(query ? `/organisations?query=${encodeURIComponent(query)}` : '/organisations')
            }
          />
        </div>
        <p className="hero-hints">
          {t('try')}
          {(t('examples', { returnObjects: true }) as string[]).map((example) => (
            <Link key={example} to={`/organisations?query=${encodeURIComponent(example)}`}>
              {example}
            </Link>
          ))}
        </p>
      </section>
      <section aria-labelledby="ways">
        <h2 id="ways" className="visually-hidden">
          {t('waysTitle')}
        </h2>
        <ul className="tile-grid">
          {(['join', 'attend', 'prove'] as const).map((way) => (
            <li key={way} className="tile">
              <h3>{t(`ways.${way}.title`)}</h3>
              <p>{t(`ways.${way}.text`)}</p>
              <Link to={me.data ? t(`ways.${way}.to`) : t(`ways.${way}.stranger`)}>
                {t(`ways.${way}.action`)} <ArrowRightOutlined aria-hidden />
              </Link>
            </li>
          ))}
        </ul>
      </section>
      <UpcomingActivities />
      <section className="others" aria-labelledby="others">
        <h2 id="others">{t('others')}</h2>
        <ul className="tile-grid">
          <li className="tile">
            <h3>{t('society.title')}</h3>
            <p>{t('society.text')}</p>
            <Link to="/desk">
              {t('society.action')} <ArrowRightOutlined aria-hidden />
            </Link>
          </li>
          <li className="tile">
            <h3>{t('system.title')}</h3>
            <p>{t('system.text')}</p>
            <a href="/api">
              {t('system.action')} <ArrowRightOutlined aria-hidden />
            </a>
          </li>
        </ul>
      </section>
    </>
  );
}
