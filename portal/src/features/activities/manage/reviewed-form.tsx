import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { SideDrawer } from '../../../ui/side-drawer';
import { QueryBoundary } from '../../../ui/states';
import { FormFiller, registrationFormQuery, type Answers } from '../../forms';

/** What an activity asks those who register, as they will see it, for those who review it; nothing that is typed is stored. */
export function ReviewedForm({ activity }: { activity: Schema<'Activity'> }) {
  const { t } = useTranslation('activities-manage');
  const [open, setOpen] = useState(false);
  if (activity.formVersion === 0) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('review.form')}
      </Button>
      <SideDrawer open={open} title={t('review.formOf', { title: activity.title })} onClose={() => setOpen(false)}>
        <Shown activity={activity} />
      </SideDrawer>
    </>
  );
}

function Shown({ activity: { activityId, formVersion } }: { activity: Schema<'Activity'> }) {
  const { t } = useTranslation('activities-manage');
  const form = useQuery(registrationFormQuery(activityId, formVersion));
  const [answers, setAnswers] = useState<Answers>({});
  return (
    <QueryBoundary query={form} rows={6}>
      {(definition) => (
        <>
          <p className="soft">{t('review.formText')}</p>
          <FormFiller definition={definition} value={answers} onChange={setAnswers} />
        </>
      )}
    </QueryBoundary>
  );
}
