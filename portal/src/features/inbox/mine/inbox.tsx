import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Segmented, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useMoment } from '../../../ui/moment';
import { PagedList } from '../../../ui/paged-list';
import { useTitle } from '../../../ui/sheet';
import { EmptyState } from '../../../ui/states';
import { noticesKey, noticesQuery, type Notice } from '../queries';
import './inbox.css';

/** What the platform has told the person, and the way to each thing. */
export function InboxPage() {
  const { t } = useTranslation('inbox');
  useTitle(t('title'));
  const [search, setSearch] = useSearchParams();
  const unread = search.get('show') === 'unread';
  const list = useInfiniteQuery(noticesQuery(unread));
  const { run, busy } = useCommand();
  const mark = (body: Schema<'MarkNoticesReadRequest'>, success?: string) =>
    run((header) => answer(api.POST('/v1/me/notices:markRead', { params: { header }, body })), {
      invalidates: [noticesKey],
      sends: JSON.stringify(body),
      ...(success && { success }),
    });
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">
        {t('lead')} <Link to="/me/notices">{t('toChoices')}</Link> <Link to="/me/letters">{t('toLetters')}</Link>
      </p>
      <div className="inbox-tools">
        <Segmented
          aria-label={t('show')}
          value={unread ? 'unread' : 'all'}
          options={[
            { value: 'all', label: t('all') },
            { value: 'unread', label: t('unread') },
          ]}
          onChange={(show) => setSearch(show === 'unread' ? { show } : {}, { replace: true })}
        />
        <MarkAll list={list.data?.pages} busy={busy} onMark={(until) => void mark({ until }, t('allMarked'))} />
      </div>
      <PagedList
        query={list}
        itemsOf={(page) => page.notices}
        empty={<EmptyState text={t(unread ? 'nothingUnread' : 'nothing')} />}
      >
        {(notices) => (
          <ul className="stack">
            {notices.map((notice) => (
              <Item key={notice.noticeId} notice={notice} onRead={() => void mark({ noticeIds: [notice.noticeId] })} />
            ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}

/** Marks what is on the page and older, and nothing that came since it was loaded. */
function MarkAll({
  list,
  busy,
  onMark,
}: {
  list: readonly Schema<'ListNoticesResponse'>[] | undefined;
  busy: boolean;
  onMark: (until: string) => void;
}) {
  const { t } = useTranslation('inbox');
  const until = list?.[0]?.listedAt;
  const some = list?.some((page) => page.notices.some((notice) => !notice.readAt));
  return (
    <Button disabled={!until || !some} loading={busy} onClick={() => until && onMark(until)}>
      {t('markAll')}
    </Button>
  );
}

function Item({ notice, onRead }: { notice: Notice; onRead: () => void }) {
  const { t, i18n } = useTranslation('inbox');
  const moment = useMoment();
  const english = i18n.language === 'en';
  const { link, toldAt, readAt, category } = notice;
  const title = english ? notice.titleEn : notice.titleZh;
  return (
    <li className={readAt ? 'stack-item' : 'stack-item now-calm'}>
      <div>
        <div className="stack-head">
          <h2>
            <Link
              to={link}
              onClick={() => {
                if (!readAt) onRead();
              }}
            >
              {title}
            </Link>
          </h2>
          {!readAt && <Tag color="processing">{t('unread')}</Tag>}
        </div>
        <p>{english ? notice.textEn : notice.textZh}</p>
        <p className="soft">
          {t(`category.${category}`)}
          {toldAt && ` · ${moment.exact(toldAt)}`}
        </p>
      </div>
      {!readAt && (
        <div className="stack-acts">
          <Button onClick={onRead} aria-label={t('markOne', { title })}>
            {t('mark')}
          </Button>
        </div>
      )}
    </li>
  );
}
