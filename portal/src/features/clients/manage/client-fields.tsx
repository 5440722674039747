import { Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { ClientSecurity } from './client-security';
import { linesOf, scopesOf, takesSignOuts, type Kind } from './client';

const complete = (text: string | undefined) => linesOf(text).every((line) => URL.canParse(line));

/** What a client of a kind is registered with, for registering and for editing. */
export function ClientFields({ kind, registered = false }: { kind: Kind; registered?: boolean }) {
  const { t } = useTranslation('clients');
  const checked = (right: boolean, words: string) => (right ? Promise.resolve() : Promise.reject(new Error(words)));
  return (
    <>
      <Form.Item
        name="scopes"
        label={t('scopes')}
        rules={[{ validator: (_, chosen: string[] | undefined) => checked(Boolean(chosen?.length), t('scopesRule')) }]}
      >
        <Checkbox.Group
          role="group"
          aria-label={t('scopes')}
          options={scopesOf(kind).map((value) => ({ value, label: t(`scope.${value.replace('.', '_')}`) }))}
        />
      </Form.Item>
      {kind !== 'MACHINE' && (
        <>
          <Form.Item
            name="redirectUris"
            label={t('redirects')}
            rules={[
              {
                validator: (_, text: string | undefined) =>
                  checked(
                    linesOf(text).length > 0 && complete(text),
                    t(kind === 'PUBLIC_APP' ? 'redirectsAppRule' : 'redirectsRule'),
                  ),
              },
            ]}
          >
            <Input.TextArea
              autoSize={{ minRows: 2, maxRows: 8 }}
              spellCheck={false}
              placeholder={kind === 'PUBLIC_APP' ? 'com.example.app:/callback' : 'https://'}
            />
          </Form.Item>
          <Form.Item
            name="postLogoutRedirectUris"
            label={t('postLogout')}
            rules={[{ validator: (_, text: string | undefined) => checked(complete(text), t('postLogoutRule')) }]}
          >
            <Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} spellCheck={false} />
          </Form.Item>
        </>
      )}
      {kind === 'WEB' && (
        <>
          <Form.Item
            name="backchannelLogoutUri"
            label={t('backchannel')}
            extra={t('backchannelHint')}
            rules={[
              {
                validator: (_, text: string | undefined) =>
                  checked(takesSignOuts(text, window.location.hostname), t('backchannelRule')),
              },
            ]}
          >
            <Input maxLength={500} spellCheck={false} placeholder="https://" />
          </Form.Item>
          <Form.Item name="pkceOptional" valuePropName="checked" extra={t('pkceHint')}>
            <Checkbox>{t('pkceOptional')}</Checkbox>
          </Form.Item>
        </>
      )}
      <ClientSecurity kind={kind} registered={registered} />
    </>
  );
}
