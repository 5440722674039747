import { Link } from 'react-router';
import { useTranslation } from 'react-i18next';
import { problemOf } from '../../../api/problem';
import { Failure, MessagePage } from '../../../ui/states';
import { useTitle } from '../../../ui/sheet';

/** A site's request that is not there any more is said so, in the words of the platform; anything else as everywhere. */
export function RequestFailure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = problemOf(error);
  if (problem.code === 'AUTHORIZATION_REQUEST_ENDED') return <Ended title={problem.title} text={problem.detail} />;
  return <Failure page error={error} {...(retry && { retry })} />;
}

function Ended({ title, text }: { title: string; text: string }) {
  const { t } = useTranslation();
  useTitle(title);
  return (
    <MessagePage heading={title} text={text}>
      <Link to="/">{t('state.backHome')}</Link>
    </MessagePage>
  );
}
