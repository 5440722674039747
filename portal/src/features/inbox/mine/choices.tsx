import { useQuery } from '@tanstack/react-query';
import { Select, Switch, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { choicesQuery, type Choice } from '../queries';
import './inbox.css';

const mails = ['AT_ONCE', 'DAILY', 'OFF'] as const;
type Mail = (typeof mails)[number];
type Category = Exclude<Choice['category'], 'NOTICE_CATEGORY_UNSPECIFIED'>;

/** By which way the person is told of what. The inbox has everything. */
export function ChoicesPage() {
  const { t } = useTranslation('inbox');
  useTitle(t('choices'));
  const choices = useQuery(choicesQuery);
  return (
    <>
      <h1>{t('choices')}</h1>
      <p className="lead">
        {t('choicesLead')} <Link to="/me/inbox">{t('toInbox')}</Link>
      </p>
      <p className="soft">{t('night')}</p>
      <QueryBoundary query={choices}>
        {(all) => (
          <ul className="stack">
            {all.choices.map((choice) => (
              <Item key={choice.category} choice={choice} all={all} />
            ))}
          </ul>
        )}
      </QueryBoundary>
    </>
  );
}

function Item({ choice, all }: { choice: Choice; all: Schema<'NoticeChoices'> }) {
  const { t } = useTranslation('inbox');
  const { run, busy } = useCommand();
  const name = t(`category.${choice.category}`);
  const save = (change: { mail?: Mail; sms?: boolean }) => {
    // What is listed has a category and a way.
    const kept = { category: choice.category as Category, mail: choice.mail as Mail, sms: choice.sms };
    const body = { choices: [{ ...kept, ...change }] };
    return run((header) => answer(api.PATCH('/v1/me/notice-choices', { params: { header }, body })), {
      success: t('saved'),
      invalidates: [choicesQuery.queryKey],
      refreshes: [choicesQuery.queryKey],
      sends: JSON.stringify(body),
    });
  };
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h2>{name}</h2>
          {choice.fixed && <Tag>{t('fixed')}</Tag>}
        </div>
        <p className="soft">{t(`about.${choice.category}`)}</p>
      </div>
      {!choice.fixed && (
        <div className="stack-acts choices-row">
          {all.hasMail && (
            <label>
              {t('mail')}
              <Select<Mail>
                aria-label={t('mailOf', { name })}
                value={choice.mail as Mail}
                disabled={busy}
                popupMatchSelectWidth={false}
                options={mails.map((value) => ({ value, label: t(`by.${value}`) }))}
                onChange={(mail) => void save({ mail })}
              />
            </label>
          )}
          {all.hasPhone && (
            <label>
              {t('sms')}
              <Switch
                aria-label={t('smsOf', { name })}
                checked={choice.sms}
                loading={busy}
                onChange={(sms) => void save({ sms })}
              />
            </label>
          )}
        </div>
      )}
    </li>
  );
}
