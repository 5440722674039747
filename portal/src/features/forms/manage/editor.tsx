import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { Alert, Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ifMatch, type Schema } from '../../../api/client';
import type { Problem } from '../../../api/problem';
import { useCommand, type IdempotencyHeader } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { discardDraft, readDraft, saveDraft } from '../../../ui/draft';
import { useMoment } from '../../../ui/moment';
import { useNotices } from '../../../ui/notices';
import { definitionOf, type Definition } from '../definition';
import { useWords } from '../words';
import { Builder } from './builder';
import { fieldAt } from './edit';
import { Preview } from './preview';
import { PublishDialog } from './publish';
import '../../../ui/content.css';
import './builder.css';

/** A draft, and how many open applications can lose answers by it, where that is possible. */
export type FormDraft = Schema<'FormDraft'> & { openApplications?: number };

type Headers = IdempotencyHeader & ReturnType<typeof ifMatch>;

/** Whose form it is, and the requests that change it. */
export interface FormSource {
  of: 'application' | 'registration';
  /** The name under which unsaved changes are kept in this tab. */
  name: string;
  draftKey: QueryKey;
  /** What a publication makes out of date besides the draft. */
  outdates: readonly QueryKey[];
  save: (form: Definition, header: Headers) => Promise<FormDraft>;
  discard: (header: Headers) => Promise<FormDraft>;
  publish: (acceptLoss: boolean, header: Headers) => Promise<unknown>;
}

interface Kept {
  etag: string;
  form: Definition;
}

/** A draft that staff write and another of them publishes: its questions, a preview with test answers, and what can be done with it. */
export function FormEditor({ source, held }: { source: FormSource; held: FormDraft }) {
  const { t } = useTranslation('forms-manage');
  const words = useWords();
  const moment = useMoment();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const { message } = useNotices();
  const { run, busy } = useCommand();
  const { name, draftKey } = source;
  const registration = source.of === 'registration';
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
  const stale = (problem: Problem): boolean => {
    if (!['ETAG_MISMATCH', 'FORM_DRAFT_MISSING', 'FORM_LOSES_ANSWERS'].includes(problem.code)) return false;
    setPublishing(false);
    message.warning(t(registration ? 'registration.stale' : 'stale'), 8);
    void queries.invalidateQueries({ queryKey: draftKey });
    return true;
  };
  const show = (draft: FormDraft) => {
    discardDraft(name);
    queries.setQueryData(draftKey, draft);
  };
  const save = async () => {
    setFlaws([]);
    const saved = await run((header) => source.save(form, { ...header, ...ifMatch(held.etag) }), {
      success: t('saved'),
      sends: JSON.stringify(form),
      onProblem: (problem) => {
        if (problem.code !== 'FORM_INVALID') return stale(problem);
        setFlaws(problem.violations);
        return true;
      },
    });
    if (saved) show(saved);
  };
  const discard = () =>
    confirm({
      title: t('discardTitle'),
      content: t('discardText'),
      confirm: t('discard'),
      onConfirm: async () => {
        const empty = await run((header) => source.discard({ ...header, ...ifMatch(held.etag) }), {
          success: t('discarded'),
          onProblem: stale,
        });
        if (empty) show(empty);
      },
    });
  const publish = async (acceptLoss: boolean) => {
    const done = await run((header) => source.publish(acceptLoss, { ...header, ...ifMatch(held.etag) }), {
      success: t('published'),
      sends: String(acceptLoss),
      onProblem: stale,
      invalidates: [draftKey, ...source.outdates],
    });
    if (done) setPublishing(false);
  };
  const flawed = new Set(flaws.flatMap(({ field }) => fieldAt(form, field)?.key ?? []));
  return (
    <>
      <p className="lead">{t(registration ? 'registration.lead' : 'lead')}</p>
      <p>
        {held.publishedVersion > 0
          ? t('version', { version: held.publishedVersion })
          : t(registration ? 'registration.noVersion' : 'noVersion')}
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
      {view === 'edit' ? (
        <Builder form={form} flawed={flawed} workplace={!registration} onChange={change} />
      ) : (
        <Preview form={form} />
      )}
      {publishing && (
        <PublishDialog
          draft={held}
          text={t(registration ? 'registration.publishText' : 'publishText')}
          busy={busy}
          onPublish={(acceptLoss) => void publish(acceptLoss)}
          onClose={() => setPublishing(false)}
        />
      )}
    </>
  );
}
