import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../../../api/rights';
import { Toggle } from '../../../ui/controls';
import { ExportList } from './export-list';
import type { Kind, Scope } from './queries';
import './exports.css';

const kinds: readonly { kind: Kind; permission: string }[] = [
  { kind: 'MEMBERS', permission: 'members.export' },
  { kind: 'REGISTRATIONS', permission: 'registrations.export' },
];

/** The exports of an organisation: one's own with their files; for those who review exports, everybody's without. */
export function ExportsPage() {
  const { t } = useTranslation('exports');
  const { organisationId, may } = useDesk();
  const own = kinds.filter(({ permission }) => may(permission));
  const reviews = may('exports.review');
  const [chosen, setChosen] = useState<Scope>('mine');
  const scope = own.length === 0 ? 'all' : reviews ? chosen : 'mine';
  return (
    <>
      {reviews && own.length > 0 && (
        <div className="toolbar">
          <Toggle<Scope>
            value={scope}
            label={t('scope.label')}
            options={[
              { value: 'mine', label: t('scope.mine') },
              { value: 'all', label: t('scope.all') },
            ]}
            onChange={setChosen}
          />
        </div>
      )}
      <p className="soft">{t(`scope.${scope}Text`)}</p>
      {(scope === 'all' ? kinds : own).map(({ kind }) => (
        <section key={kind} className="exports-section" aria-labelledby={`exports-${kind}`}>
          <h2 id={`exports-${kind}`}>{t(`kind.${kind}`)}</h2>
          <ExportList key={scope} organisationId={organisationId} kind={kind} scope={scope} />
        </section>
      ))}
    </>
  );
}
