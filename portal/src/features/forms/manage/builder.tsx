import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { Button, Input, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SideDrawer } from '../../../ui/side-drawer';
import { fieldsOf, type Definition, type Field } from '../definition';
import { useWords } from '../words';
import { moved, newField, replaced, retitled, withField, without, withSection, type Place } from './edit';
import { FieldEditor } from './field-editor';

/** The questions of a form in their order: added, changed, moved, removed. */
export function Builder({
  form,
  flawed,
  workplace,
  onChange,
}: {
  form: Definition;
  /** The keys of questions that the platform has refused. */
  flawed: ReadonlySet<string>;
  /** Whether those who answer have said where they work or study. */
  workplace: boolean;
  onChange: (form: Definition) => void;
}) {
  const { t } = useTranslation('forms-manage');
  const words = useWords();
  const [edited, setEdited] = useState<{ field: Field; place?: Place | 'section' } | null>(null);
  const fresh = () => newField('text', '');
  const apply = (field: Field) => {
    const place = edited?.place;
    if (place === 'section') onChange(withSection(form, field));
    else onChange(place ? withField(form, place, field) : replaced(form, field));
    setEdited(null);
  };
  // A new question stands behind those of its section while its condition is chosen.
  const around =
    edited?.place === undefined
      ? form
      : edited.place === 'section'
        ? withSection(form, edited.field)
        : withField(form, edited.place, edited.field);
  return (
    <>
      {form.pages.map((page, at) => (
        <div key={at} className="builder-page">
          {words(page.title) && <h2>{words(page.title)}</h2>}
          {page.sections.map((section, index) => {
            const place = { page: at, section: index };
            return (
              <section key={index} className="paper" aria-label={words(section.title) || t('section')}>
                <Input
                  className="builder-heading"
                  aria-label={t('sectionTitle')}
                  placeholder={t('sectionTitle')}
                  maxLength={100}
                  value={section.title?.zh ?? ''}
                  onChange={(event) => onChange(retitled(form, place, event.target.value))}
                />
                <ol className="builder-list">
                  {section.fields.map((field, line) => {
                    const name = words(field.title) || t('untitled');
                    return (
                      <li key={field.key} className={flawed.has(field.key) ? 'builder-flawed' : ''}>
                        <div>
                          <strong>{name}</strong>
                          <div className="builder-tags">
                            <Tag>{t(`kind.${field.type}`)}</Tag>
                            {field.required && <Tag color="blue">{t('required')}</Tag>}
                            {field.condition && <Tag>{t('conditional')}</Tag>}
                            {field.binding && <Tag>{t('bound')}</Tag>}
                          </div>
                        </div>
                        <div className="builder-tools">
                          <Button
                            size="small"
                            icon={<ArrowUpOutlined />}
                            aria-label={t('up', { name })}
                            disabled={line === 0}
                            onClick={() => onChange(moved(form, field.key, -1))}
                          />
                          <Button
                            size="small"
                            icon={<ArrowDownOutlined />}
                            aria-label={t('down', { name })}
                            disabled={line === section.fields.length - 1}
                            onClick={() => onChange(moved(form, field.key, 1))}
                          />
                          <Button
                            size="small"
                            aria-label={t('editNamed', { name })}
                            onClick={() => setEdited({ field })}
                          >
                            {t('edit')}
                          </Button>
                          <Button
                            size="small"
                            danger
                            aria-label={t('removeNamed', { name })}
                            onClick={() => onChange(without(form, field.key))}
                          >
                            {t('remove')}
                          </Button>
                        </div>
                      </li>
                    );
                  })}
                </ol>
                <Button type="dashed" onClick={() => setEdited({ field: fresh(), place })}>
                  {t('addQuestion')}
                </Button>
              </section>
            );
          })}
        </div>
      ))}
      <div className="builder-acts">
        <Button
          type={form.pages.length === 0 ? 'primary' : 'dashed'}
          disabled={fieldsOf(form).length >= 300}
          onClick={() => setEdited({ field: fresh(), place: 'section' })}
        >
          {t(form.pages.length === 0 ? 'firstQuestion' : 'addSection')}
        </Button>
      </div>
      <SideDrawer
        open={edited !== null}
        title={t(edited?.place ? 'newQuestion' : 'editQuestion')}
        onClose={() => setEdited(null)}
      >
        {edited && (
          <FieldEditor
            workplace={workplace}
            key={edited.field.key}
            form={around}
            field={edited.field}
            onApply={apply}
            onClose={() => setEdited(null)}
          />
        )}
      </SideDrawer>
    </>
  );
}
