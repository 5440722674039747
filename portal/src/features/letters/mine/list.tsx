import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMoment } from '../../../ui/moment';
import { PagedList } from '../../../ui/paged-list';
import { useTitle } from '../../../ui/sheet';
import { EmptyState } from '../../../ui/states';
import { receivedLettersQuery, type Kind } from '../queries';
import '../letters.css';

/** What organisations and organisers have written to the person. */
export function LettersPage() {
  const { t } = useTranslation('letters');
  useTitle(t('title'));
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">
        {t('lead')} <Link to="/me/inbox">{t('toInbox')}</Link>
      </p>
      {(['MEMBERS', 'REGISTRATIONS'] as const).map((kind) => (
        <section key={kind} className="letters-section" aria-labelledby={`letters-${kind}`}>
          <h2 id={`letters-${kind}`}>{t(`from.${kind}`)}</h2>
          <Received kind={kind} />
        </section>
      ))}
    </>
  );
}

const paths: Record<Kind, string> = { MEMBERS: '/me/letters', REGISTRATIONS: '/me/activity-letters' };

function Received({ kind }: { kind: Kind }) {
  const { t } = useTranslation('letters');
  const moment = useMoment();
  const list = useInfiniteQuery(receivedLettersQuery(kind));
  return (
    <PagedList query={list} itemsOf={(page) => page.letters} empty={<EmptyState text={t(`nothing.${kind}`)} />}>
      {(letters) => (
        <ul className="stack">
          {letters.map(({ letterId, title, sender, sentAt }) => (
            <li key={letterId} className="stack-item">
              <div>
                <h3>
                  <Link to={`${paths[kind]}/${letterId}`}>{title}</Link>
                </h3>
                <p className="soft">
                  {sender}
                  {sentAt && ` · ${moment.exact(sentAt)}`}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </PagedList>
  );
}
