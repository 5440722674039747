import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { placesOf, type Place } from '../api/me';
import { useMoment } from '../ui/moment';
import { useTitle } from '../ui/sheet';
import { Failure, Loading, NotAllowed } from '../ui/states';
import { NextActivities, reviewsQuery } from '../features/activities';
import { queueQuery } from '../features/applications';
import { OrganisationChooser } from '../features/organisations';
import { useRights } from '../api/rights';
import { deskPages } from './areas';
import { AccessGate } from '../ui/access-gate';
import './area.css';
import './desk-home.css';

/** The organisations this person works for, and what waits in the chosen one. */
export function DeskHome() {
  const { t } = useTranslation('desk');
  useTitle(t('title'));
  return (
    <AccessGate>
      {(held) => (
        <Chosen
          places={placesOf(
            held,
            deskPages.flatMap(({ permissions }) => permissions),
          )}
        />
      )}
    </AccessGate>
  );
}

function Chosen({ places }: { places: readonly Place[] }) {
  const { t } = useTranslation('desk');
  const [search, setSearch] = useSearchParams();
  if (places.length === 0) return <NotAllowed />;
  const here = search.get('organisation') || places[0]?.organisationId || '';
  return (
    <>
      <header className="area-head">
        <h1>{t('title')}</h1>
      </header>
      <OrganisationChooser
        places={places}
        value={here}
        onChange={(organisation) => setSearch({ organisation }, { replace: true })}
      />
      <Tiles key={here} organisationId={here} />
    </>
  );
}

function Tiles({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('desk');
  const moment = useMoment();
  const rights = useRights(organisationId);
  const review = rights.may('applications.review');
  const queue = useInfiniteQuery({ ...queueQuery(organisationId, 'IN_FIRST_REVIEW'), enabled: review });
  const reviewsContent = rights.may('activities.review');
  const content = useInfiniteQuery({ ...reviewsQuery(organisationId), enabled: reviewsContent });
  if (!rights.ready) return rights.error ? <Failure error={rights.error} retry={rights.retry} /> : <Loading />;
  const counts = queue.data?.pages.at(-1);
  // The longest waiting comes first.
  const oldest = queue.data?.pages[0]?.applications[0]?.submittedAt;
  const waiting = content.data?.pages.at(-1);
  const counted = ['review', 'content-review'];
  const at = (page: string) => `/desk/${organisationId}/${page}`;
  return (
    <>
      {reviewsContent && content.error && <Failure error={content.error} retry={() => void content.refetch()} />}
      {review && queue.error && <Failure error={queue.error} retry={() => void queue.refetch()} />}
      <ul className="tiles">
        {review && (
          <>
            <li>
              <Link to={at('review?step=IN_FIRST_REVIEW')}>
                <b>{counts?.inFirstReview ?? '…'}</b>
                {t('tile.first')}
                {oldest && <span>{t('tile.oldest', { moment: moment.brief(oldest) })}</span>}
              </Link>
            </li>
            <li>
              <Link to={at('review?step=IN_FINAL_REVIEW')}>
                <b>{counts?.inFinalReview ?? '…'}</b>
                {t('tile.final')}
              </Link>
            </li>
          </>
        )}
        {reviewsContent && (
          <li>
            <Link to={at('content-review')}>
              <b>{waiting?.waiting ?? '…'}</b>
              {t('tile.content-review')}
              {Boolean(waiting?.overdue) && <span>{t('tile.overdue', { count: waiting?.overdue })}</span>}
            </Link>
          </li>
        )}
        {deskPages
          .filter(({ path, permissions }) => !counted.includes(path) && permissions.some(rights.may))
          .map(({ path: page }) => (
            <li key={page}>
              <Link to={at(page)}>
                <strong>{t(`tile.${page}`)}</strong>
                <br />
                <span>{t(`tile.${page}Text`)}</span>
              </Link>
            </li>
          ))}
      </ul>
      {rights.may('activities.manage') && <NextActivities organisationId={organisationId} />}
    </>
  );
}
