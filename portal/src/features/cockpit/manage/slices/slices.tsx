import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useTitle } from '../../../../ui/sheet';
import { QueryBoundary } from '../../../../ui/states';
import { CockpitGate } from '../access';
import { metricsQuery } from '../queries';
import { useToday } from '../today';
import { Answer } from './answer';
import { Choices } from './choices';
import { Filters } from './filters';
import { slicesQuery } from './query';
import { addressOf, questionOf, type Question } from './question';
import '../cockpit.css';
import './slices.css';

/** Any metric by any of its dimensions, as of any day, with distinct people. */
export function CockpitSlices() {
  const { t } = useTranslation('cockpit-slices');
  useTitle(t('title'));
  return (
    <CockpitGate>
      <Slices />
    </CockpitGate>
  );
}

function Slices() {
  const { t } = useTranslation('cockpit-slices');
  const { t: cockpit } = useTranslation('cockpit');
  const today = useToday();
  const [search, setSearch] = useSearchParams();
  const question = questionOf(search, today);
  const metrics = useQuery(metricsQuery);
  const found = useQuery(slicesQuery(question));
  const ask = (next: Question) => setSearch(addressOf(next));
  return (
    <div className="cockpit">
      <header className="cockpit-head">
        <h1>{t('title')}</h1>
        <nav aria-label={cockpit('title')}>
          <Link to="/cockpit">{cockpit('overview')}</Link>
          <Link to="/cockpit/plan">{cockpit('plan')}</Link>
        </nav>
      </header>
      <p className="soft">{t('lead')}</p>
      <QueryBoundary query={metrics} rows={4}>
        {(all) => {
          const metric = all.find((one) => one.metric === question.metric);
          return (
            <>
              <Choices question={question} ask={ask} metrics={all} metric={metric} />
              <Filters question={question} ask={ask} dimensions={metric?.sliceDimensions ?? []} />
            </>
          );
        }}
      </QueryBoundary>
      <QueryBoundary query={found} rows={8}>
        {(answer) => <Answer answer={answer} question={question} ask={ask} busy={found.isPlaceholderData} />}
      </QueryBoundary>
    </div>
  );
}
