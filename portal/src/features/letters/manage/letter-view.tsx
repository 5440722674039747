import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { QueryBoundary } from '../../../ui/states';
import { LetterBody } from '../letter-body';
import { deskKey, letterQuery, methodsOf, type Kind, type Letter } from '../queries';
import { LetterForm } from './letter-form';

/** How often a letter on its way is fetched. */
const POLL_MS = 1_000;

interface Place {
  kind: Kind;
  ownerId: string;
  onGone: () => void;
}

/** One letter as it will be read, with what can be done with it: change, try, send, delete; stop when it is on its way. */
export function LetterView({ letterId, ...place }: Place & { letterId: string }) {
  const letter = useQuery({
    ...letterQuery(place.kind, letterId),
    refetchInterval: ({ state }) => (state.data?.state === 'SENDING' ? POLL_MS : false),
  });
  return <QueryBoundary query={letter}>{(read) => <Loaded letter={read} {...place} />}</QueryBoundary>;
}

function Loaded({ letter, kind, ownerId, onGone }: Place & { letter: Letter }) {
  const { t } = useTranslation('letters');
  const [editing, setEditing] = useState(false);
  if (editing)
    return (
      <LetterForm key={letter.etag} kind={kind} ownerId={ownerId} letter={letter} onDone={() => setEditing(false)} />
    );
  return (
    <>
      <To kind={kind} letter={letter} />
      <article className="paper letter" aria-label={t('desk.preview')}>
        <h2>{letter.title}</h2>
        <p className="soft">{letter.sender}</p>
        <LetterBody text={letter.body} />
      </article>
      {letter.state === 'DRAFT' && (
        <DraftActions letter={letter} kind={kind} ownerId={ownerId} onGone={onGone} onEdit={() => setEditing(true)} />
      )}
      {letter.state === 'SENDING' && <Stop letter={letter} kind={kind} ownerId={ownerId} />}
    </>
  );
}

/** To whom it goes, and how far it is. */
function To({ kind, letter }: { kind: Kind; letter: Letter }) {
  const { t, i18n } = useTranslation('letters');
  const label = useEnumLabel();
  const number = (value: string | number) => Number(value).toLocaleString(i18n.language);
  const { state, groups, recipients, told, leftOut, senderNumber } = letter;
  const all = Number(recipients);
  const done = Number(told) + Number(leftOut);
  const whom =
    groups.length === 0
      ? t(`desk.all.${kind}`)
      : groups
          .map((group) =>
            kind === 'MEMBERS'
              ? label('MembershipCategory', group as 'ORDINARY')
              : label('RegistrationState', group.toUpperCase() as 'REGISTERED'),
          )
          .join(t('desk.and'));
  return (
    <div className="letter-to">
      <p>
        {t('desk.to', { whom })}
        {state === 'DRAFT' && ` ${t('desk.wouldGo', { count: all, number: number(all) })}`}
        {state !== 'DRAFT' && ` ${t('desk.went', { told: number(told), all: number(all) })}`}
        {Number(leftOut) > 0 && ` ${t('desk.leftOut', { count: Number(leftOut), number: number(leftOut) })}`}
      </p>
      {state !== 'DRAFT' && <p className="soft">{t('desk.sentBy', { number: senderNumber })}</p>}
      {state === 'SENDING' && (
        <Progress
          percent={all > 0 ? Math.min(99, Math.floor((100 * done) / all)) : 0}
          status="active"
          aria-label={t('desk.progress')}
        />
      )}
      {state === 'STOPPED' && <Alert type="warning" showIcon title={t('desk.stoppedText')} />}
    </div>
  );
}

function DraftActions({ letter, kind, ownerId, onGone, onEdit }: Place & { letter: Letter; onEdit: () => void }) {
  const { t, i18n } = useTranslation('letters');
  const confirm = useConfirm();
  const trying = useCommand();
  const sending = useCommand();
  const removing = useCommand();
  const { letterId, etag, title } = letter;
  const methods = methodsOf(kind);
  const refreshes = [deskKey(kind, ownerId), letterQuery(kind, letterId).queryKey];
  const count = Number(letter.recipients);
  const send = () =>
    confirm({
      title: t('desk.sendTitle', { title }),
      content: t('desk.sendText', { count, number: count.toLocaleString(i18n.language) }),
      confirm: t('desk.sendNow'),
      danger: false,
      onConfirm: () =>
        sending.run((header) => methods.send(letterId, etag, header), {
          success: t('desk.onItsWay'),
          refreshes,
          sends: etag,
        }),
    });
  const remove = () =>
    confirm({
      title: t('desk.removeTitle', { title }),
      content: t('desk.removeText'),
      confirm: t('desk.remove'),
      onConfirm: async () => {
        const gone = await removing.run(() => methods.remove(letterId), {
          success: t('desk.removed'),
          invalidates: [deskKey(kind, ownerId)],
        });
        if (gone) onGone();
      },
    });
  return (
    <div className="letter-acts">
      <Button type="primary" disabled={count === 0} loading={sending.busy} onClick={send}>
        {t('desk.send')}
      </Button>
      <Button
        loading={trying.busy}
        onClick={() =>
          void trying.run((header) => methods.try(letterId, header), { success: t('desk.tried'), sends: etag })
        }
      >
        {t('desk.try')}
      </Button>
      <Button onClick={onEdit}>{t('desk.edit')}</Button>
      <Button danger onClick={remove}>
        {t('desk.remove')}
      </Button>
    </div>
  );
}

function Stop({ letter: { letterId }, kind, ownerId }: { letter: Letter; kind: Kind; ownerId: string }) {
  const { t } = useTranslation('letters');
  const { run, busy } = useCommand();
  return (
    <div className="letter-acts">
      <Button
        danger
        loading={busy}
        onClick={() =>
          void run((header) => methodsOf(kind).stop(letterId, header), {
            success: t('desk.stopped'),
            refreshes: [deskKey(kind, ownerId), letterQuery(kind, letterId).queryKey],
          })
        }
      >
        {t('desk.stop')}
      </Button>
    </div>
  );
}
