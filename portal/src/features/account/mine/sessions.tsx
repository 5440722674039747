import { useQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { QueryBoundary } from '../../../ui/states';
import { sessionsQuery } from './queries';

export function Sessions() {
  const { t } = useTranslation('security');
  const sessions = useQuery(sessionsQuery);
  const { run } = useCommand();
  const confirm = useConfirm();
  const invalidates = [sessionsQuery.queryKey];
  const others = () =>
    confirm({
      title: t('othersTitle'),
      content: t('othersText'),
      confirm: t('othersDo'),
      onConfirm: () =>
        run(() => answer(api.POST('/v1/sessions:revokeOthers', { body: {} })), {
          success: ({ revoked }) => t('othersDone', { count: revoked }),
          invalidates,
        }),
    });
  const one = (session: Schema<'Session'>) =>
    confirm({
      title: t('oneTitle', { device: session.device || t('unknownDevice') }),
      content: t('oneText'),
      confirm: t('oneDo'),
      onConfirm: () =>
        run(
          () => answer(api.DELETE('/v1/sessions/{sessionId}', { params: { path: { sessionId: session.sessionId } } })),
          { success: t('oneDone'), invalidates },
        ),
    });
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{t('sessions')}</h2>
      <QueryBoundary query={sessions}>
        {(list) => (
          <>
            <ul className="stack">
              {list.map((session) => (
                <Item key={session.sessionId} session={session} onEnd={() => one(session)} />
              ))}
            </ul>
            {list.length > 1 && (
              <p>
                <Button danger onClick={others}>
                  {t('others')}
                </Button>
              </p>
            )}
          </>
        )}
      </QueryBoundary>
    </section>
  );
}

function Item({ session, onEnd }: { session: Schema<'Session'>; onEnd: () => void }) {
  const { t } = useTranslation('security');
  const moment = useMoment();
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h3>{session.device || t('unknownDevice')}</h3>
          {session.current && <Tag color="processing">{t('current')}</Tag>}
        </div>
        <p className="soft">
          {session.lastUsedAt && t('lastUsed', { moment: moment.exact(session.lastUsedAt) })}
          {session.origin && ` · ${t('origin', { origin: session.origin })}`}
        </p>
        <p className="soft">{session.createdAt && t('signedIn', { moment: moment.exact(session.createdAt) })}</p>
      </div>
      {!session.current && (
        <div className="stack-acts">
          <Button onClick={onEnd} aria-label={t('oneTitle', { device: session.device || t('unknownDevice') })}>
            {t('end')}
          </Button>
        </div>
      )}
    </li>
  );
}
