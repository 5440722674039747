import { CheckCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '../../../api/client';
import { useDay } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { CockpitGate } from './access';
import { planQuery } from './queries';
import { useCockpitFormat } from './format';
import './cockpit.css';

/** What the plan asks for, by document and clause, and how far it is where the platform can tell. */
export function CockpitPlan() {
  const { t } = useTranslation('cockpit');
  useTitle(t('plan'));
  return (
    <CockpitGate>
      <Plan />
    </CockpitGate>
  );
}

function Plan() {
  const { t } = useTranslation('cockpit');
  const plan = useQuery(planQuery);
  return (
    <div className="cockpit">
      <header className="cockpit-head">
        <h1>{t('plan')}</h1>
        <nav aria-label={t('title')}>
          <Link to="/cockpit">{t('overview')}</Link>
        </nav>
      </header>
      <QueryBoundary query={plan} rows={10}>
        {(indicators) =>
          indicators.length === 0 ? (
            <EmptyState text={t('noPlan')} />
          ) : (
            <>
              <Coverage
                told={indicators.filter((indicator) => indicator.actual !== undefined).length}
                all={indicators.length}
              />
              <ul className="plan">
                {indicators.map((indicator) => (
                  <Indicator key={indicator.indicator} indicator={indicator} />
                ))}
              </ul>
            </>
          )
        }
      </QueryBoundary>
    </div>
  );
}

/** How many of the indicators the platform can tell: what it cannot, it does not guess. */
function Coverage({ told, all }: { told: number; all: number }) {
  const { t } = useTranslation('cockpit');
  return (
    <p className="soft">
      {t('planLead', { count: all })} {told === 0 ? t('planNone') : t('planSome', { count: told })}
    </p>
  );
}

function Indicator({ indicator }: { indicator: Schema<'PlanIndicator'> }) {
  const { t } = useTranslation('cockpit');
  const words = useCockpitFormat();
  const day = useDay();
  const amount = (value: number) =>
    `${words.number(value)} ${t(`unit.${indicator.unit}`, { defaultValue: indicator.unit })}`;
  const { actual } = indicator;
  const reached = actual !== undefined && actual >= indicator.target;
  return (
    <li>
      <h2>{indicator.name}</h2>
      <dl>
        <div>
          <dt>{t('target')}</dt>
          <dd>
            <b>
              {t(`comparison.${indicator.comparison}`, {
                value: amount(indicator.target),
                defaultValue: amount(indicator.target),
              })}
            </b>
          </dd>
        </div>
        <div>
          <dt>{t('actual')}</dt>
          <dd>{actual === undefined ? <span className="soft">{t('noActual')}</span> : <b>{amount(actual)}</b>}</dd>
        </div>
        {indicator.dueOn && (
          <div>
            <dt>{t('due')}</dt>
            <dd>{day(indicator.dueOn)}</dd>
          </div>
        )}
      </dl>
      {actual !== undefined && indicator.target > 0 && (
        <div className="plan-way">
          <Progress percent={Math.min(100, (actual / indicator.target) * 100)} showInfo={false} aria-hidden />
          {reached ? (
            <span>
              <CheckCircleOutlined aria-hidden /> {t('reached')}
            </span>
          ) : (
            <span>{t('onTheWay', { percent: words.percent(actual / indicator.target) })}</span>
          )}
        </div>
      )}
      <p className="soft plan-source">{t('planSource', { document: indicator.document, clause: indicator.clause })}</p>
    </li>
  );
}
