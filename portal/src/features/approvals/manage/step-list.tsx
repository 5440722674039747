import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SideDrawer } from '../../../ui/side-drawer';
import { staffQuery, type Route, type Settings, type Step } from './calls';
import { fieldsOf, moved, newStep, replaced, stepOf, whoOf, without, type Fields } from './edit';
import { usePermissionName } from './permission-name';
import { StepForm } from './step-form';

/** The steps of a route in their order: added, changed, moved, removed; and what each lacks. */
export function StepList({
  organisationId,
  parents,
  route,
  settings,
  lacks,
  onChange,
}: {
  organisationId: string;
  /** Whether a step can be decided at the organisation above. */
  parents: boolean;
  route: Route;
  settings: Settings;
  /** Shown only for what is stored: a change has to be saved first. */
  lacks: Settings['lacks'];
  onChange: (route: Route) => void;
}) {
  const { t } = useTranslation('approvals-manage');
  const [edited, setEdited] = useState<{ at: number; fields: Fields } | null>(null);
  const { permissions } = settings;
  return (
    <>
      <ol className="route-steps">
        {route.steps.map((step, at) => (
          <li key={`${at} ${step.titleZh}`} className="paper">
            <div className="route-step">
              <strong>
                {t('nth', { nth: at + 1 })} {step.titleZh}
              </strong>
              <StepWords organisationId={organisationId} step={step} first={at === 0} />
              {lacks
                .filter((lack) => lack.step === at + 1)
                .map((lack) => (
                  <Alert
                    key={`${lack.step} ${lack.escalation}`}
                    type="warning"
                    showIcon
                    title={t(lack.escalation ? 'lacksEscalation' : lack.fourEyes ? 'lacksOthers' : 'lacks', {
                      needed: lack.needed,
                      available: lack.available,
                    })}
                  />
                ))}
            </div>
            <div className="route-tools">
              <Button
                size="small"
                icon={<ArrowUpOutlined />}
                aria-label={t('up', { name: step.titleZh })}
                disabled={at === 0}
                onClick={() => onChange(moved(route, at, -1))}
              />
              <Button
                size="small"
                icon={<ArrowDownOutlined />}
                aria-label={t('down', { name: step.titleZh })}
                disabled={at === route.steps.length - 1}
                onClick={() => onChange(moved(route, at, 1))}
              />
              <Button
                size="small"
                aria-label={t('editNamed', { name: step.titleZh })}
                onClick={() => setEdited({ at, fields: fieldsOf(step) })}
              >
                {t('edit')}
              </Button>
              <Button
                size="small"
                danger
                aria-label={t('removeNamed', { name: step.titleZh })}
                onClick={() => onChange(without(route, at))}
              >
                {t('remove')}
              </Button>
            </div>
          </li>
        ))}
      </ol>
      <Button
        type={route.steps.length === 0 ? 'primary' : 'dashed'}
        disabled={route.steps.length >= 10}
        onClick={() => setEdited({ at: route.steps.length, fields: newStep(route.steps.length, permissions[0] ?? '') })}
      >
        {t('addStep')}
      </Button>
      <SideDrawer open={Boolean(edited)} title={t('stepOf')} onClose={() => setEdited(null)}>
        {edited && (
          <StepForm
            organisationId={organisationId}
            permissions={permissions}
            parents={parents}
            first={edited.at === 0}
            initial={edited.fields}
            onDone={(fields) => {
              onChange(replaced(route, edited.at, stepOf(fields)));
              setEdited(null);
            }}
          />
        )}
      </SideDrawer>
    </>
  );
}

/** A step in plain words. */
function StepWords({ organisationId, step, first }: { organisationId: string; step: Step; first: boolean }) {
  const { t } = useTranslation('approvals-manage');
  const permissionName = usePermissionName();
  const staff = useQuery(staffQuery(organisationId));
  const numbers = (ids: readonly string[]) => ids.map((id) => staff.data?.get(id)?.number ?? t('gone')).join('、');
  const { deciders } = step;
  const who = deciders ? whoOf(deciders) : 'OWN';
  const permission = deciders?.permission ? permissionName(deciders.permission) : '';
  return (
    <>
      <p className="soft">
        {who === 'PEOPLE'
          ? t('byPeople', { panel: deciders?.panelZh || t('named'), people: numbers(deciders?.personIds ?? []) })
          : t(`by${who}`, { permission })}
        {t(`need.${step.quorum}`, { count: step.atLeast })}
        {t('within', { days: step.workingDays })}
      </p>
      <div className="route-tags">
        {step.fourEyes && !first && <Tag color="blue">{t('tag.fourEyes')}</Tag>}
        {step.mayReturn && <Tag>{t('tag.mayReturn')}</Tag>}
        {step.mayReject && <Tag>{t('tag.mayReject')}</Tag>}
        {step.escalation && (
          <Tag>
            {t('tag.escalates', {
              people: step.escalation.permission
                ? t('holders', { permission: permissionName(step.escalation.permission) })
                : numbers(step.escalation.personIds),
            })}
          </Tag>
        )}
      </div>
    </>
  );
}
