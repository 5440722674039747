import { useQueryClient } from '@tanstack/react-query';
import { Button, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema, ifMatch } from '../../../api/client';
import { useAct } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { DivisionField } from '../../../ui/division-field';
import { personQuery } from '../../../api/person';

interface Fields {
  divisionCode: string;
}

/** Where the person works: what is near, and what is counted where. */
export function Workplace({ person }: { person: Schema<'Person'> }) {
  const { t } = useTranslation('person');
  const { t: word } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct(form);
  const { message } = useNotices();
  const queries = useQueryClient();
  const save = async ({ divisionCode }: Fields) => {
    const changed = await act(
      (header) =>
        answer(
          api.PATCH('/v1/me/person', {
            params: { header: { ...header, ...ifMatch(person.etag) } },
            body: { divisionCode },
          }),
        ),
      () => {
        // Changed elsewhere in the meantime: what is held is asked for again, what was chosen stays.
        void queries.invalidateQueries({ queryKey: personQuery.queryKey });
        return false;
      },
    );
    if (!changed) return;
    queries.setQueryData(personQuery.queryKey, changed);
    message.success(t('saved'));
  };
  return (
    <section className="paper">
      <h2>{t('workplace')}</h2>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ divisionCode: person.divisionCode }}
        onFinish={(fields) => void save(fields)}
        style={{ maxWidth: 620 }}
      >
        <Form.Item name="divisionCode" label={t('division')} extra={t('divisionHint')}>
          <DivisionField />
        </Form.Item>
        <Button htmlType="submit" loading={busy}>
          {word('form.save')}
        </Button>
      </Form>
    </section>
  );
}
