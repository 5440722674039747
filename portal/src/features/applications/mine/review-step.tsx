import { Button, Checkbox, Form } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import { useEnumLabel } from '../../../ui/enum-label';
import { DivisionName } from '../../../ui/division-field';
import { AnswersView, evaluate, todayInChina, type Definition } from '../../forms';
import type { Draft } from './draft';

/** All that will be sent, and the consent without which nothing is. */
export function Review({
  draft,
  person,
  organisation,
  asked,
  onChange,
}: {
  draft: Draft;
  person: Schema<'Person'>;
  organisation: Schema<'Organisation'>;
  /** What the society asks beyond the basic part. */
  asked: Definition;
  onChange: () => void;
}) {
  const { t } = useTranslation('applications');
  const label = useEnumLabel();
  const bound = { personName: person.name, personNumber: person.personNumber, workplace: draft.employer };
  const own = evaluate(asked, draft.answers, todayInChina(new Date()), bound);
  const facts: [string, ReactNode][] = [
    ['name', person.name],
    ['categoryName', label('MembershipCategory', draft.category)],
    ['employer', draft.employer],
    ['position', draft.position || t('left')],
    ['education', draft.education && label('ApplicationFormEducation', draft.education)],
    ['researchField', draft.researchField],
    ['division', <DivisionName key="division" code={draft.divisionCode} />],
    [
      'statement',
      <span key="statement" className="join-statement">
        {draft.statement || t('left')}
      </span>,
    ],
  ];
  return (
    <>
      <h2>{t('reviewTitle')}</h2>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <AnswersView definition={asked} answers={own.answers} />
      <p>
        <Button onClick={onChange}>{t('change')}</Button>
      </p>
      <section className="consent-text" aria-labelledby="join-consent">
        <h3 id="join-consent">{t('consentTitle')}</h3>
        <ul>
          {(t('consentText', { returnObjects: true, organisation: organisation.name }) as string[]).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </section>
      <Form.Item
        name="consent"
        valuePropName="checked"
        rules={[{ validator: (_, given) => (given ? Promise.resolve() : Promise.reject(new Error(t('consentRule')))) }]}
      >
        <Checkbox>{t('consent', { organisation: organisation.name })}</Checkbox>
      </Form.Item>
    </>
  );
}
