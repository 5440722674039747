import { ArrowRightOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { answer, api } from '../../api/client';
import { useMe } from '../../api/me';
import { Asked, Nothing } from '../../app/states';
import { ActivityCard } from '../activities/card';
import './home.css';

/** What it is, find a society, what is on. */
export function Home() {
  const { t } = useTranslation('home');
  const navigate = useNavigate();
  const me = useMe();
  const activities = useQuery({
    queryKey: ['activities', 'next'],
    queryFn: () => answer(api.GET('/v1/activities', { params: { query: { pageSize: 6 } } })),
  });
  return (
    <>
      <section className="hero">
        <h1>{t('title')}</h1>
        <p>{t('lead')}</p>
        <Input.Search
          size="large"
          className="hero-search"
          placeholder={t('searchPlaceholder')}
          aria-label={t('searchLabel')}
          enterButton={t('search')}
          onSearch={(query) => void navigate(`/organisations?query=${encodeURIComponent(query.trim())}`)}
        />
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
        <div className="way-grid">
          {(['join', 'attend', 'prove'] as const).map((way) => (
            <div key={way} className="way">
              <h3>{t(`ways.${way}.title`)}</h3>
              <p>{t(`ways.${way}.text`)}</p>
              <Link to={me.data ? t(`ways.${way}.to`) : t(`ways.${way}.stranger`)}>
                {t(`ways.${way}.action`)} <ArrowRightOutlined />
              </Link>
            </div>
          ))}
        </div>
      </section>
      <section aria-labelledby="soon">
        <div className="section-head">
          <h2 id="soon">{t('soon')}</h2>
          <Link to="/activities">{t('allActivities')}</Link>
        </div>
        <Asked query={activities}>
          {({ activities: list }) =>
            list.length === 0 ? (
              <Nothing text={t('nothingSoon')} action={<Button onClick={() => void navigate('/organisations')}>{t('search')}</Button>} />
            ) : (
              <ul className="card-grid">
                {list.map((activity) => (
                  <li key={activity.activityId}>
                    <ActivityCard activity={activity} />
                  </li>
                ))}
              </ul>
            )
          }
        </Asked>
      </section>
    </>
  );
}
