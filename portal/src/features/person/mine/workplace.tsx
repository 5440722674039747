import { useQueryClient } from '@tanstack/react-query';
import { Button, Form } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema, ifMatch } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
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
  const { run, busy } = useCommand(form);
  const queries = useQueryClient();
  const save = async ({ divisionCode }: Fields) => {
    const changed = await run(
      (header) =>
        answer(
          api.PATCH('/v1/me/person', {
            params: { header: { ...header, ...ifMatch(person.etag) } },
            body: { divisionCode },
          }),
        ),
      {
        success: t('saved'),
        onProblem: () => {
          // Changed elsewhere in the meantime: the page asks again what is held, what was chosen stays.
          void queries.invalidateQueries({ queryKey: personQuery.queryKey });
          return false;
        },
      },
    );
    if (changed) queries.setQueryData(personQuery.queryKey, changed);
  };
  return (
    <section className="paper">
      <h2>{t('workplace')}</h2>
      <CommandForm
        form={form}
        initialValues={{ divisionCode: person.divisionCode }}
        onSubmit={save}
        style={{ maxWidth: 620 }}
      >
        <Form.Item name="divisionCode" label={t('division')} extra={t('divisionHint')}>
          <DivisionField />
        </Form.Item>
        <Button htmlType="submit" loading={busy}>
          {word('form.save')}
        </Button>
      </CommandForm>
    </section>
  );
}
