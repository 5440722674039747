import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useCommand } from '../../../ui/command';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { LetterBody } from '../letter-body';
import { methodsOf, receivedKey, receivedLetterQuery, type Kind, type ReceivedLetter } from '../queries';
import '../letters.css';

export const MemberLetterPage = () => <LetterPage kind="MEMBERS" />;

export const RegistrationLetterPage = () => <LetterPage kind="REGISTRATIONS" />;

/** A letter as its recipients read it. */
function LetterPage({ kind }: { kind: Kind }) {
  const { letterId = '' } = useParams();
  const letter = useQuery(receivedLetterQuery(kind, letterId));
  return <QueryBoundary query={letter}>{(read) => <Letter kind={kind} letter={read} />}</QueryBoundary>;
}

function Letter({ kind, letter }: { kind: Kind; letter: ReceivedLetter }) {
  const { t } = useTranslation('letters');
  const moment = useMoment();
  useTitle(letter.title);
  const { sender, organisationId, activityId, sentAt } = letter;
  return (
    <>
      <p className="soft">
        <Link to="/me/letters">{t('title')}</Link>
      </p>
      <article className="paper letter">
        <h1>{letter.title}</h1>
        <p className="soft">
          <Link to={kind === 'MEMBERS' ? `/organisations/${organisationId}` : `/activities/${activityId}`}>
            {sender}
          </Link>
          {sentAt && ` · ${moment.exact(sentAt)}`}
        </p>
        {!sentAt && <Alert type="info" showIcon title={t('tried')} />}
        <LetterBody text={letter.body} />
      </article>
      {sentAt && <Choice kind={kind} letter={letter} />}
    </>
  );
}

/** Whether further letters of this organisation are wanted. */
function Choice({ kind, letter: { organisationId, wanted } }: { kind: Kind; letter: ReceivedLetter }) {
  const { t } = useTranslation('letters');
  const { run, busy } = useCommand();
  const choose = () =>
    run((header) => methodsOf(kind).choose(organisationId, !wanted, header), {
      success: t(wanted ? 'refused' : 'wanted'),
      invalidates: [receivedKey],
      sends: String(wanted),
    });
  return (
    <p className="soft letter-choice">
      {t(wanted ? `why.${kind}` : 'whyNot')}{' '}
      <Button size="small" loading={busy} onClick={() => void choose()}>
        {t(wanted ? 'refuse' : 'want')}
      </Button>
    </p>
  );
}
