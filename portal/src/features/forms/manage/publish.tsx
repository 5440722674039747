import { Alert, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../ui/dialog';
import { FormChanges, loses } from '../changes';
import type { FormDraft } from './editor';

/** What a new version changes, and what open applications lose by it; then it is published. */
export function PublishDialog({
  draft,
  text,
  busy,
  onPublish,
  onClose,
}: {
  draft: FormDraft;
  /** What a publication means. */
  text: string;
  busy: boolean;
  onPublish: (acceptLoss: boolean) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation('forms-manage');
  const [accepted, setAccepted] = useState(false);
  const [asked, setAsked] = useState(false);
  const lost = (draft.openApplications ?? 0) > 0 && draft.changes.some(loses);
  return (
    <Dialog
      title={t('publishTitle', { version: draft.publishedVersion + 1 })}
      action={{
        label: t('publish'),
        busy,
        onClick: () => (lost && !accepted ? setAsked(true) : onPublish(accepted)),
      }}
      onClose={onClose}
    >
      <p>{text}</p>
      {draft.changes.length > 0 ? <FormChanges changes={draft.changes} /> : <p>{t('noChanges')}</p>}
      {lost && (
        <>
          <Alert type="warning" showIcon title={t('lossText', { number: draft.openApplications })} />
          <p>
            <Checkbox checked={accepted} onChange={(event) => setAccepted(event.target.checked)}>
              {t('acceptLoss')}
            </Checkbox>
          </p>
          {asked && !accepted && (
            <p role="alert" className="filler-error">
              {t('acceptFirst')}
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}
