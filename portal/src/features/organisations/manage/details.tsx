import { CheckCircleOutlined, MinusCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { DivisionName } from '../../../ui/division-field';
import { useEnumLabel } from '../../../ui/enum-label';
import { Fact, FactGrid } from '../../../ui/fact-grid';
import { PicturePanel } from '../../../ui/picture-panel';
import { SideDrawer } from '../../../ui/side-drawer';
import { QueryBoundary } from '../../../ui/states';
import { useRights } from '../../../api/rights';
import { organisationQuery } from '../../../api/organisations';
import { useAdministration } from '../../../ui/area-page';
import { kindsBelow } from './kinds';
import { EditForm } from './edit-form';
import { EstablishForm } from './establish-form';
import { logoSource } from './logo-queries';

/** One organisation: its profile, and what staff can do with it. */
export function Details({ organisationId }: { organisationId: string }) {
  const organisation = useQuery(organisationQuery(organisationId));
  return (
    <QueryBoundary query={organisation} rows={8}>
      {(found) => <Shown organisation={found} />}
    </QueryBoundary>
  );
}

function Shown({ organisation }: { organisation: Schema<'Organisation'> }) {
  const { t } = useTranslation('organisations-manage');
  const { t: app } = useTranslation();
  const label = useEnumLabel();
  const { organisationId, name } = organisation;
  const rights = useRights(organisationId);
  const [drawer, setDrawer] = useState<'edit' | 'establish' | 'logo' | null>(null);
  const manages = rights.ready && rights.may('organisations.manage');
  const { deskPages } = useAdministration();
  const desk = deskPages.find(({ permissions }) => permissions.some(rights.may));
  return (
    <article className="tree-card" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <p className="soft">
          {organisation.code} · {label('OrganisationKind', organisation.kind)}
          {organisation.subjectClass !== 'SUBJECT_CLASS_UNSPECIFIED' &&
            ` · ${label('OrganisationSubjectClass', organisation.subjectClass)}`}
        </p>
      </header>
      <FactGrid>
        <Fact name={t('organisation.state')}>
          <Accepts open={organisation.acceptsApplications} />
        </Fact>
        <Fact name={t('organisation.reviewDays')}>
          {t('organisation.reviewDaysEach', { count: organisation.reviewDays })}
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
      </FactGrid>
      <h3>{t('organisation.introduction')}</h3>
      <p className="long-text">{organisation.introduction || <span className="soft">{app('notGiven')}</span>}</p>
      <div className="tree-acts">
        {manages && (
          <Button type="primary" onClick={() => setDrawer('edit')}>
            {t('organisation.edit')}
          </Button>
        )}
        {manages && <Button onClick={() => setDrawer('logo')}>{t('logo.title')}</Button>}
        {manages && kindsBelow(organisation.kind).length > 0 && (
          <Button onClick={() => setDrawer('establish')}>{t('organisation.establish')}</Button>
        )}
        {rights.ready && rights.may('grants.manage') && (
          <Link to={`/staff/grants?organisation=${organisationId}`}>{t('organisation.grants')}</Link>
        )}
        {rights.ready && rights.may('cockpit.read') && (
          <Link to={`/staff/applications?organisation=${organisationId}`}>{t('organisation.statistics')}</Link>
        )}
        {rights.ready && desk && <Link to={`/desk/${organisationId}/${desk.path}`}>{t('organisation.desk')}</Link>}
        <Link to={`/organisations/${organisationId}`}>{t('organisation.public')}</Link>
      </div>
      <SideDrawer open={drawer === 'edit'} title={t('organisation.edit')} onClose={() => setDrawer(null)}>
        <EditForm organisation={organisation} onDone={() => setDrawer(null)} />
      </SideDrawer>
      <SideDrawer open={drawer === 'logo'} title={t('logo.title')} onClose={() => setDrawer(null)}>
        <PicturePanel source={logoSource(organisationId, (key, values) => t(`logo.${key}`, values ?? {}))} />
      </SideDrawer>
      <SideDrawer
        open={drawer === 'establish'}
        title={t('organisation.establishBelow', { name })}
        onClose={() => setDrawer(null)}
      >
        <EstablishForm parent={organisation} onDone={() => setDrawer(null)} />
      </SideDrawer>
    </article>
  );
}

/** Whether applications are accepted: by icon, words and colour. */
function Accepts({ open }: { open: boolean }) {
  const { t } = useTranslation('organisations-manage');
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
