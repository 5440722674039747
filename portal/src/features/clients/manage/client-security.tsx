import { Checkbox, Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { algorithms, holdsKeys, methods, takesSignOuts, type Fields, type Kind } from './client';

/** How a client proves itself, and what it has chosen of the protocol; some of it once, when it is registered. */
export function ClientSecurity({ kind, registered }: { kind: Kind; registered: boolean }) {
  const { t } = useTranslation('clients');
  const form = Form.useFormInstance<Fields>();
  const method = Form.useWatch<Fields['method']>('method', form) ?? 'CLIENT_SECRET';
  const checked = (right: boolean, words: string) => (right ? Promise.resolve() : Promise.reject(new Error(words)));
  const signs = kind !== 'PUBLIC_APP' && method === 'PRIVATE_KEY_JWT';
  return (
    <>
      {kind !== 'PUBLIC_APP' && (
        <Form.Item name="method" label={t('method')} extra={t(`methodHint.${method}`)}>
          <Radio.Group options={methods.map((value) => ({ value, label: t(`methodName.${value}`) }))} />
        </Form.Item>
      )}
      {signs && (
        <>
          <Form.Item
            name="jwksUri"
            label={t('jwksUri')}
            dependencies={['jwks']}
            rules={[
              {
                validator: (_, text: string | undefined) =>
                  checked(takesSignOuts(text, window.location.hostname), t('jwksUriRule')),
              },
              ({ getFieldValue }) => ({
                validator: (_, text: string | undefined) => {
                  const keys = getFieldValue('jwks') as string | undefined;
                  return checked(Boolean(text?.trim()) !== Boolean(keys?.trim()), t('keysRule'));
                },
              }),
            ]}
          >
            <Input maxLength={500} spellCheck={false} placeholder="https://" />
          </Form.Item>
          <Form.Item
            name="jwks"
            label={t('jwks')}
            extra={t('jwksHint')}
            rules={[{ validator: (_, text: string | undefined) => checked(holdsKeys(text), t('jwksRule')) }]}
          >
            <Input.TextArea
              autoSize={{ minRows: 2, maxRows: 10 }}
              maxLength={20_000}
              spellCheck={false}
              placeholder='{"keys":[…]}'
            />
          </Form.Item>
        </>
      )}
      {kind !== 'MACHINE' && (
        <>
          <Form.Item name="idTokenAlgorithm" label={t('idTokenAlgorithm')} extra={t('idTokenAlgorithmHint')}>
            <Radio.Group options={algorithms.map(([value, label]) => ({ value, label }))} />
          </Form.Item>
          <Form.Item name="pushedRequestsOnly" valuePropName="checked" extra={t('pushedHint')}>
            <Checkbox>{t('pushedRequestsOnly')}</Checkbox>
          </Form.Item>
          <Form.Item name="dpopOnly" valuePropName="checked" extra={t('dpopHint')}>
            <Checkbox>{t('dpopOnly')}</Checkbox>
          </Form.Item>
          <Form.Item name="deviceGrant" valuePropName="checked" extra={t('deviceHint')}>
            <Checkbox>{t('deviceGrant')}</Checkbox>
          </Form.Item>
          <Form.Item name="pairwiseSubjects" valuePropName="checked" extra={t('pairwiseHint')}>
            <Checkbox disabled={registered}>{t('pairwiseSubjects')}</Checkbox>
          </Form.Item>
        </>
      )}
    </>
  );
}
