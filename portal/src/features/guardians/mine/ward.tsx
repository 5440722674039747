import { Button, Checkbox, Form, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand, type IdempotencyHeader } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { consentText, stateOf, wardsQuery } from './queries';

type Act = 'confirm' | 'refuse' | 'withdraw';

/** One child, and what the guardian can say now. */
export function WardItem({ ward }: { ward: Schema<'Ward'> }) {
  const { t } = useTranslation('guardians');
  const moment = useMoment();
  const [form] = Form.useForm<{ consent: boolean }>();
  const { run, busy } = useCommand(form);
  const confirm = useConfirm();
  const state = stateOf(ward);
  const { guardianshipId } = ward;
  const name = ward.maskedName || t('ended');
  const answerWith = (what: Act) => {
    const params = (header: IdempotencyHeader) => ({ path: { guardianshipId }, header });
    return run(
      (header) =>
        what === 'confirm'
          ? answer(
              api.POST('/v1/me/wards/{guardianshipId}:confirm', { params: params(header), body: { consent: true } }),
            )
          : what === 'refuse'
            ? answer(api.POST('/v1/me/wards/{guardianshipId}:refuse', { params: params(header), body: {} }))
            : answer(api.POST('/v1/me/wards/{guardianshipId}:withdraw', { params: params(header), body: {} })),
      // After a refusal too: it was answered elsewhere, or the child has made another code.
      { success: t(`done.${what}`, { name }), refreshes: [wardsQuery.queryKey] },
    );
  };
  const ask = (what: 'refuse' | 'withdraw') =>
    confirm({
      title: t(`${what}Title`, { name }),
      content: t(`${what}Text`),
      confirm: t(what),
      onConfirm: () => answerWith(what),
    });
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h3>{name}</h3>
          <Tag color={state === 'CONFIRMED' ? 'success' : state === 'REQUESTED' ? 'processing' : 'default'}>
            {t(`state.${state}`)}
          </Tag>
        </div>
        {ward.personNumber && (
          <p className="soft">{t('number', { number: ward.personNumber.replace(/(.{4})(?=.)/g, '$1 ') })}</p>
        )}
        {ward.requestedAt && <p className="soft">{t('requestedAt', { at: moment.exact(ward.requestedAt) })}</p>}
        {ward.consentedAt && (
          <p className="soft">
            {t('consentedAt', { at: moment.exact(ward.consentedAt), version: ward.consentText || consentText })}
          </p>
        )}
        {ward.endedAt && <p className="soft">{t('endedAt', { at: moment.exact(ward.endedAt) })}</p>}
      </div>
      {state === 'CONFIRMED' && (
        <div className="stack-acts">
          <Button loading={busy} onClick={() => ask('withdraw')}>
            {t('withdraw')}
          </Button>
        </div>
      )}
      {state === 'REQUESTED' && (
        <CommandForm form={form} className="stack-wide" onSubmit={() => answerWith('confirm')}>
          <section className="consent-text" aria-labelledby={`consent-${guardianshipId}`}>
            <h4 id={`consent-${guardianshipId}`}>{t('consentTitle', { name })}</h4>
            <ul>
              {(t('consentText', { returnObjects: true }) as string[]).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
            <p className="soft">{t('version', { version: consentText })}</p>
          </section>
          <Form.Item
            name="consent"
            valuePropName="checked"
            rules={[
              { validator: (_, given) => (given ? Promise.resolve() : Promise.reject(new Error(t('consentRule')))) },
            ]}
          >
            <Checkbox>{t('consent', { name })}</Checkbox>
          </Form.Item>
          <div className="guardian-acts">
            <Button type="primary" htmlType="submit" loading={busy}>
              {t('confirm')}
            </Button>
            <Button disabled={busy} onClick={() => ask('refuse')}>
              {t('refuse')}
            </Button>
          </div>
        </CommandForm>
      )}
    </li>
  );
}
