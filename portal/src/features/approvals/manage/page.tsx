import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../api/problem';
import { useDesk } from '../../../api/rights';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { useNotices } from '../../../ui/notices';
import { QueryBoundary } from '../../../ui/states';
import {
  discardDraft,
  kinds,
  publishDraft,
  routeQuery,
  saveDraft,
  type Kind,
  type Route,
  type Settings,
} from './calls';
import { Delegations } from './delegations';
import { same } from './edit';
import { StepList } from './step-list';
import '../../../ui/content.css';
import './routes.css';

/** How an organisation decides applications and reviews activities: steps that one administrator drafts and another publishes. */
export function RouteDesk() {
  const { t } = useTranslation('approvals-manage');
  const { organisationId } = useDesk();
  const [kind, setKind] = useState<Kind>('applications');
  const route = useQuery(routeQuery(organisationId, kind));
  return (
    <>
      <Segmented<Kind>
        aria-label={t('kinds')}
        value={kind}
        onChange={setKind}
        options={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
      />
      <p className="lead">{t(`lead.${kind}`)}</p>
      <QueryBoundary query={route} rows={8}>
        {(held) => (
          <Editor
            key={`${organisationId} ${kind} ${held.etag}`}
            organisationId={organisationId}
            kind={kind}
            held={held}
          />
        )}
      </QueryBoundary>
      <Delegations key={`${organisationId} ${kind}`} organisationId={organisationId} kind={kind} />
    </>
  );
}

function Editor({ organisationId, kind, held }: { organisationId: string; kind: Kind; held: Settings }) {
  const { t } = useTranslation('approvals-manage');
  const moment = useMoment();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const { message } = useNotices();
  const { run, busy } = useCommand();
  const stored: Route = held.draft ?? held.published ?? { steps: [] };
  const [route, setRoute] = useState<Route>(stored);
  const [flaws, setFlaws] = useState<Problem['violations']>([]);
  const changed = !same(route, stored);
  const key = routeQuery(organisationId, kind).queryKey;
  const show = (settings: Settings) => queries.setQueryData(key, settings);
  const refused = (problem: Problem): boolean => {
    if (['ROUTE_INVALID', 'ROUTE_UNWALKABLE'].includes(problem.code)) {
      setFlaws(problem.violations);
      return true;
    }
    if (!['ETAG_MISMATCH', 'ROUTE_DRAFT_MISSING'].includes(problem.code)) return false;
    message.warning(t('stale'), 8);
    void queries.invalidateQueries({ queryKey: key });
    return true;
  };
  const at = (header: { 'Idempotency-Key': string }) => ({ organisationId, kind, etag: held.etag, header });
  const save = async () => {
    setFlaws([]);
    const saved = await run((header) => saveDraft(at(header), route), {
      success: t('saved'),
      sends: JSON.stringify(route),
      onProblem: refused,
    });
    if (saved) show(saved);
  };
  const discard = () =>
    confirm({
      title: t('discardTitle'),
      content: t('discardText'),
      confirm: t('discard'),
      onConfirm: async () => {
        const gone = await run((header) => discardDraft(at(header)), { success: t('discarded'), onProblem: refused });
        if (gone) show(gone);
      },
    });
  const publish = () =>
    confirm({
      title: t('publishTitle', { version: held.version + 1 }),
      content: t(route.steps.length === 0 ? 'publishEmptyText' : 'publishText'),
      confirm: t('publish'),
      danger: false,
      onConfirm: async () => {
        setFlaws([]);
        const done = await run((header) => publishDraft(at(header)), { success: t('published'), onProblem: refused });
        if (done) show(done);
      },
    });
  return (
    <section aria-label={t(`kind.${kind}`)}>
      <p>
        {held.version > 0 && (held.published?.steps.length ?? 0) > 0
          ? t('version', { version: held.version })
          : t(`none.${kind}`)}
        {held.draft && held.savedAt && ` ${t('draftSaved', { moment: moment.exact(held.savedAt) })}`}
      </p>
      {held.draft && !held.publishable && !changed && (
        <Alert className="form-note" type="info" showIcon title={t('needsOther')} />
      )}
      {flaws.length > 0 && (
        <Alert
          className="form-note"
          type="error"
          showIcon
          title={t('flaws')}
          description={
            <ul>
              {flaws.map(({ field, description }) => (
                <li key={field + description}>
                  {placeOf(field) > 0 && t('nth', { nth: placeOf(field) })} {description}
                </li>
              ))}
            </ul>
          }
        />
      )}
      <StepList
        organisationId={organisationId}
        parents={kind === 'content'}
        route={route}
        settings={held}
        lacks={changed ? [] : held.lacks}
        onChange={setRoute}
      />
      <div className="route-acts">
        {changed && <Button onClick={() => setRoute(stored)}>{t('undo')}</Button>}
        <Button type={changed ? 'primary' : 'default'} disabled={!changed} loading={busy} onClick={() => void save()}>
          {t('save')}
        </Button>
        {held.draft && !changed && (
          <Button danger onClick={discard}>
            {t('discard')}
          </Button>
        )}
        {held.publishable && !changed && (
          <Button type="primary" onClick={publish}>
            {t('publish')}
          </Button>
        )}
      </div>
    </section>
  );
}

/** The number of the step that a refusal is about; 0 for the route as a whole. */
const placeOf = (field: string): number => {
  const at = /steps\[(\d+)\]/.exec(field)?.[1];
  return at === undefined ? 0 : Number(at) + 1;
};
