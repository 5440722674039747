import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import type { Problem } from '../../../api/problem';
import { useDesk } from '../../../api/rights';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { discardDraft, readDraft, saveDraft } from '../../../ui/draft';
import { useMoment } from '../../../ui/moment';
import { useNotices } from '../../../ui/notices';
import { QueryBoundary } from '../../../ui/states';
import { definitionOf, type Definition } from '../definition';
import { useWords } from '../words';
import { Builder } from './builder';
import { fieldAt } from './edit';
import { Preview } from './preview';
import { PublishDialog } from './publish';
import { formDraftQuery } from './queries';
import '../../../ui/content.css';
import './builder.css';

type Draft = Schema<'ApplicationFormDraft'>;

/** The application form of an organisation: a draft that staff write, and another of them publishes. */
export function FormDesk() {
  const { organisationId } = useDesk();
  const draft = useQuery(formDraftQuery(organisationId));
  return (
    <QueryBoundary query={draft} rows={8}>
      {(held) => <Editor key={`${organisationId} ${held.etag}`} organisationId={organisationId} held={held} />}
    </QueryBoundary>
  );
}

interface Kept {
  etag: string;
  form: Definition;
}

function Editor({ organisationId, held }: { organisationId: string; held: Draft }) {
  const { t } = useTranslation('forms-manage');
  const words = useWords();
  const moment = useMoment();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const { message } = useNotices();
  const { run, busy } = useCommand();
  const name = `application-form:${organisationId}`;
  const [form, setForm] = useState<Definition>(() => {
    const kept = readDraft<Kept>(name);
    return kept.etag === held.etag && kept.form ? kept.form : definitionOf(held.definition);
  });
  const [view, setView] = useState<'edit' | 'preview'>('edit');
  const [flaws, setFlaws] = useState<Problem['violations']>([]);
  const [publishing, setPublishing] = useState(false);
  const changed = JSON.stringify(form) !== JSON.stringify(definitionOf(held.definition));
  const change = (next: Definition) => {
    setForm(next);
    saveDraft(name, { etag: held.etag, form: next } satisfies Kept);
  };
  const path = { organisationId };
  const stale = (problem: Problem): boolean => {
    if (!['ETAG_MISMATCH', 'FORM_DRAFT_MISSING', 'FORM_LOSES_ANSWERS'].includes(problem.code)) return false;
    setPublishing(false);
    message.warning(t('stale'), 8);
    void queries.invalidateQueries({ queryKey: formDraftQuery(organisationId).queryKey });
    return true;
  };
  const show = (draft: Draft) => {
    discardDraft(name);
    queries.setQueryData(formDraftQuery(organisationId).queryKey, draft);
  };
  const save = async () => {
    setFlaws([]);
    const saved = await run(
      (header) =>
        answer(
          api.PATCH('/v1/organisations/{organisationId}/applicationFormDraft', {
            params: { path, header: { ...header, ...ifMatch(held.etag) } },
            body: { definition: form as unknown as Record<string, unknown> },
          }),
        ),
      {
        success: t('saved'),
        sends: JSON.stringify(form),
        onProblem: (problem) => {
          if (problem.code !== 'FORM_INVALID') return stale(problem);
          setFlaws(problem.violations);
          return true;
        },
      },
    );
    if (saved) show(saved);
  };
  const discard = () =>
    confirm({
      title: t('discardTitle'),
      content: t('discardText'),
      confirm: t('discard'),
      onConfirm: async () => {
        const empty = await run(
          (header) =>
            answer(
              api.POST('/v1/organisations/{organisationId}/applicationFormDraft:discard', {
                params: { path, header: { ...header, ...ifMatch(held.etag) } },
                body: {},
              }),
            ),
          { success: t('discarded'), onProblem: stale },
        );
        if (empty) show(empty);
      },
    });
  const publish = async (acceptLoss: boolean) => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/applicationFormDraft:publish', {
            params: { path, header: { ...header, ...ifMatch(held.etag) } },
            body: { acceptLoss },
          }),
        ),
      {
        success: t('published'),
        sends: String(acceptLoss),
        onProblem: stale,
        invalidates: [formDraftQuery(organisationId).queryKey, ['application-form', organisationId]],
      },
    );
    if (done) setPublishing(false);
  };
  const flawed = new Set(flaws.flatMap(({ field }) => fieldAt(form, field)?.key ?? []));
  return (
    <>
      <p className="lead">{t('lead')}</p>
      <p>
        {held.publishedVersion > 0 ? t('version', { version: held.publishedVersion }) : t('noVersion')}
        {held.exists && held.savedAt && ` ${t('draftSaved', { moment: moment.exact(held.savedAt) })}`}
      </p>
      {held.exists && !held.publishable && !changed && (
        <Alert className="form-note" type="info" showIcon title={t('fourEyes')} />
      )}
      {flaws.length > 0 && (
        <Alert
          className="form-note"
          type="error"
          showIcon
          title={t('flaws')}
          description={
            <ul>
              {flaws.map(({ field, description }) => {
                const of = fieldAt(form, field);
                return (
                  <li key={field + description}>
                    {of ? t('flawOf', { name: words(of.title) || t('untitled'), flaw: description }) : description}
                  </li>
                );
              })}
            </ul>
          }
        />
      )}
      <div className="builder-head">
        <Segmented<'edit' | 'preview'>
          aria-label={t('view')}
          value={view}
          onChange={setView}
          options={[
            { value: 'edit', label: t('editForm') },
            { value: 'preview', label: t('preview') },
          ]}
        />
        <div className="builder-acts">
          {changed && (
            <Button
              onClick={() => {
                discardDraft(name);
                setFlaws([]);
                setForm(definitionOf(held.definition));
              }}
            >
              {t('undo')}
            </Button>
          )}
          <Button type={changed ? 'primary' : 'default'} disabled={!changed} loading={busy} onClick={() => void save()}>
            {t('save')}
          </Button>
          {held.exists && !changed && (
            <Button danger onClick={discard}>
              {t('discard')}
            </Button>
          )}
          {held.publishable && !changed && (
            <Button type="primary" onClick={() => setPublishing(true)}>
              {t('publish')}
            </Button>
          )}
        </div>
      </div>
      {view === 'edit' ? <Builder form={form} flawed={flawed} onChange={change} /> : <Preview form={form} />}
      {publishing && (
        <PublishDialog
          draft={held}
          busy={busy}
          onPublish={(acceptLoss) => void publish(acceptLoss)}
          onClose={() => setPublishing(false)}
        />
      )}
    </>
  );
}
