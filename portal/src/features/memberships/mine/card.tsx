import { CheckCircleFilled, PauseCircleFilled, StopFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { useDay } from '../../../ui/moment';
import { QrCode } from '../../../ui/qr-code';
import { Failure, Loading } from '../../../ui/states';
import { CertificateButton } from '../../papers';
import { offlineCards } from './offline-cards';
import { cardQuery, type Membership } from './queries';

const icons = {
  ACTIVE: <CheckCircleFilled />,
  SUSPENDED: <PauseCircleFilled />,
  RESIGNED: <StopFilled />,
  STATE_UNSPECIFIED: <StopFilled />,
};

/** A membership with its card and what can be done with it. */
export function Card({ membership }: { membership: Membership }) {
  const { t } = useTranslation('memberships');
  const { membershipId, organisationName, state } = membership;
  const card = useQuery({ ...cardQuery(membershipId), enabled: state !== 'RESIGNED' });
  const { run } = useCommand();
  const confirm = useConfirm();
  useEffect(() => {
    if (card.data) offlineCards.keep(card.data);
  }, [card.data]);
  const resign = () =>
    confirm({
      title: t('resignTitle', { organisation: organisationName }),
      content: t('resignText'),
      confirm: t('resign'),
      cancel: t('stay'),
      onConfirm: () =>
        run(
          (header) =>
            answer(
              api.POST('/v1/memberships/{membershipId}:resign', {
                params: { path: { membershipId }, header },
                body: {},
              }),
            ),
          { success: t('resigned'), invalidates: [['me', 'memberships']] },
        ),
    });
  if (state === 'RESIGNED') return <CardFace membership={membership} />;
  if (card.error && !card.data) return <Failure error={card.error} retry={() => void card.refetch()} />;
  if (!card.data) return <Loading rows={6} />;
  return (
    <>
      <CardFace membership={membership} url={card.data.url} />
      <p className="member-acts">
        <Link to={new URL(card.data.url).pathname}>{t('see')}</Link>
        {state === 'ACTIVE' && <CertificateButton kind="MEMBERSHIP" recordId={membershipId} />}
        <Button type="text" danger onClick={resign}>
          {t('resign')}
        </Button>
      </p>
    </>
  );
}

/** What is shown to others. */
export function CardFace({ membership, url }: { membership?: Membership; url?: string }) {
  const { t } = useTranslation('memberships');
  const { t: word } = useTranslation();
  const label = useEnumLabel();
  const day = useDay();
  if (!membership) return null;
  const { organisationName, memberName, memberNumber, category, joinedOn, state } = membership;
  return (
    <article className={`member-card member-${state.toLowerCase()}`} aria-label={organisationName}>
      <header>
        <span>{word('brand')}</span>
        <span className="member-state">
          <span aria-hidden>{icons[state]}</span> {label('MembershipState', state, 'card')}
        </span>
      </header>
      <h2>{organisationName}</h2>
      <div className="member-body">
        <dl>
          <div className="member-name">
            <dt className="visually-hidden">{t('name')}</dt>
            <dd>{memberName}</dd>
          </div>
          <div>
            <dt>{t('number')}</dt>
            <dd className="member-number">{memberNumber}</dd>
          </div>
          <div>
            <dt>{label('MembershipCategory', category)}</dt>
            <dd>{t('since', { day: day(joinedOn) })}</dd>
          </div>
        </dl>
        {url && (
          <figure>
            <QrCode text={url} label={t('qr', { organisation: organisationName })} />
          </figure>
        )}
      </div>
    </article>
  );
}
