import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useAct, useSure } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { useMoment } from '../../../ui/moment';
import { Asked } from '../../../ui/states';
import { sessionsQuery } from './queries';

export function Sessions() {
  const { t } = useTranslation('security');
  const { t: word } = useTranslation();
  const sessions = useQuery(sessionsQuery);
  const queries = useQueryClient();
  const { act } = useAct();
  const { message } = useNotices();
  const sure = useSure();
  const done = async (text: string) => {
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    message.success(text);
  };
  const others = () =>
    sure({
      title: t('othersTitle'),
      content: t('othersText'),
      yes: t('othersDo'),
      no: word('form.cancel'),
      act: async () => {
        const answered = await act(() => answer(api.POST('/v1/sessions:revokeOthers', { body: {} })));
        if (answered) await done(t('othersDone', { count: answered.revoked }));
      },
    });
  const one = (session: Schema<'Session'>) =>
    sure({
      title: t('oneTitle', { device: session.device || t('unknownDevice') }),
      content: t('oneText'),
      yes: t('oneDo'),
      no: word('form.cancel'),
      act: async () => {
        const { sessionId } = session;
        const answered = await act(() =>
          answer(api.DELETE('/v1/sessions/{sessionId}', { params: { path: { sessionId } } })),
        );
        if (answered) await done(t('oneDone'));
      },
    });
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{t('sessions')}</h2>
      <Asked query={sessions}>
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
      </Asked>
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
