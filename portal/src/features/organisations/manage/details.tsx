import { CheckCircleOutlined, MinusCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Drawer } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { DivisionName } from '../../../ui/division-field';
import { Asked } from '../../../ui/states';
import { useRights } from '../../../api/rights';
import { organisationQuery } from '../../../api/organisations';
import { useAdministration } from '../../../ui/area-page';
import { kindsBelow } from './kinds';
import { EditForm, EstablishForm } from './organisation-form';

/** One organisation: what it says about itself, and what one can do with it. */
export function Details({ organisationId }: { organisationId: string }) {
  const organisation = useQuery(organisationQuery(organisationId));
  return (
    <Asked query={organisation} rows={8}>
      {(found) => <Shown organisation={found} />}
    </Asked>
  );
}

function Shown({ organisation }: { organisation: Schema<'Organisation'> }) {
  const { t } = useTranslation('staff');
  const { t: words } = useTranslation('organisations');
  const { organisationId, name } = organisation;
  const rights = useRights(organisationId);
  const [drawer, show] = useState<'edit' | 'establish' | null>(null);
  const manages = rights.ready && rights.may('organisations.manage');
  const { deskPages } = useAdministration();
  const desk = deskPages.find(({ permission }) => rights.may(permission));
  return (
    <article className="tree-card" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <p className="soft">
          {organisation.code} · {words(`kind.${organisation.kind}`)}
          {organisation.subjectClass !== 'SUBJECT_CLASS_UNSPECIFIED' &&
            ` · ${words(`class.${organisation.subjectClass}`)}`}
        </p>
      </header>
      <dl className="desk-facts">
        <Fact name={t('organisation.state')}>
          <Accepts open={organisation.acceptsApplications} />
        </Fact>
        <Fact name={t('organisation.shortName')}>{organisation.shortName}</Fact>
        <Fact name={t('organisation.seat')}>
          {organisation.divisionCode && <DivisionName code={organisation.divisionCode} />}
        </Fact>
        <Fact name={t('organisation.website')}>
          {organisation.website && (
            <a href={organisation.website} target="_blank" rel="noreferrer">
              {organisation.website}
            </a>
          )}
        </Fact>
      </dl>
      <h3>{t('organisation.introduction')}</h3>
      <p className="application-statement">
        {organisation.introduction || <span className="soft">{t('organisation.empty')}</span>}
      </p>
      <div className="tree-acts">
        {manages && (
          <Button type="primary" onClick={() => show('edit')}>
            {t('organisation.edit')}
          </Button>
        )}
        {manages && kindsBelow(organisation.kind).length > 0 && (
          <Button onClick={() => show('establish')}>{t('organisation.establish')}</Button>
        )}
        {rights.ready && rights.may('grants.manage') && (
          <Link to={`/staff/grants?organisation=${organisationId}`}>{t('tab.grants')}</Link>
        )}
        {rights.ready && rights.may('cockpit.read') && (
          <Link to={`/staff/applications?organisation=${organisationId}`}>{t('tab.applications')}</Link>
        )}
        {rights.ready && desk && <Link to={`/desk/${organisationId}/${desk.path}`}>{t('organisation.desk')}</Link>}
        <Link to={`/organisations/${organisationId}`}>{t('organisation.public')}</Link>
      </div>
      <Drawer
        open={drawer === 'edit'}
        onClose={() => show(null)}
        title={t('organisation.edit')}
        size="min(100vw, 560px)"
        destroyOnHidden
      >
        <EditForm organisation={organisation} onDone={() => show(null)} />
      </Drawer>
      <Drawer
        open={drawer === 'establish'}
        onClose={() => show(null)}
        title={t('organisation.establishBelow', { name })}
        size="min(100vw, 560px)"
        destroyOnHidden
      >
        <EstablishForm parent={organisation} onDone={() => show(null)} />
      </Drawer>
    </article>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useTranslation('staff');
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || <span className="soft">{t('organisation.empty')}</span>}</dd>
    </div>
  );
}

/** Whether people can apply now: in a sign, in words and in a colour. */
function Accepts({ open }: { open: boolean }) {
  const { t } = useTranslation('staff');
  return (
    <span>
      {open ? (
        <CheckCircleOutlined className="good" aria-hidden />
      ) : (
        <MinusCircleOutlined className="soft" aria-hidden />
      )}{' '}
      {t(open ? 'tree.accepts' : 'tree.refuses')}
    </span>
  );
}
