import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../../ui/now';
import { AnswersView } from '../answers-view';
import { AttachmentsOf } from '../attachments';
import type { Answers, Definition } from '../definition';
import { evaluate } from '../evaluate';
import { FormFiller } from '../filler';
import { todayInChina } from '../words';

/** The form as an applicant will see it, with test answers that are nowhere stored. */
export function Preview({ form }: { form: Definition }) {
  const { t } = useTranslation('forms-manage');
  const now = useNow();
  const [answers, setAnswers] = useState<Answers>({});
  const [checked, setChecked] = useState(false);
  const bound = { personName: t('testName'), personNumber: t('testNumber'), workplace: t('testWorkplace') };
  const result = evaluate(form, answers, todayInChina(new Date(now)), bound);
  return (
    <AttachmentsOf>
      <div className="paper">
        <p className="soft">{t('previewText')}</p>
        <FormFiller
          definition={form}
          value={answers}
          onChange={(next) => {
            setAnswers(next);
          }}
          bound={bound}
          checked={checked}
        />
        <div className="builder-acts">
          <Button onClick={() => setChecked(true)}>{t('tryHandIn')}</Button>
          <Button
            type="link"
            onClick={() => {
              setAnswers({});
              setChecked(false);
            }}
          >
            {t('clearTest')}
          </Button>
        </div>
        {checked &&
          (result.found.length > 0 ? (
            <Alert type="warning" showIcon title={t('testRefused', { number: result.found.length })} />
          ) : (
            <>
              <Alert type="success" showIcon title={t('testPassed')} />
              <AnswersView definition={form} answers={result.answers} />
            </>
          ))}
      </div>
    </AttachmentsOf>
  );
}
