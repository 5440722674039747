import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { SideDrawer } from '../../../ui/side-drawer';
import { EmptyState } from '../../../ui/states';
import { lettersQuery, type Kind, type Letter } from '../queries';
import { LetterForm } from './letter-form';
import { LetterView } from './letter-view';

/** How often the list is fetched while a letter is on its way. */
const POLL_MS = 1_500;

/** The letters to the same people: drafts, those on their way, those that were sent; and writing one. */
export function LetterDesk({ kind, ownerId }: { kind: Kind; ownerId: string }) {
  const { t } = useTranslation('letters');
  const [writing, setWriting] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const list = useInfiniteQuery({
    ...lettersQuery(kind, ownerId),
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.letters.some((one) => one.state === 'SENDING')) === true ? POLL_MS : false,
  });
  const columns = useColumns(setOpened);
  const close = () => {
    setWriting(false);
    setOpened(null);
  };
  return (
    <>
      <div className="toolbar">
        <Button type="primary" onClick={() => setWriting(true)}>
          {t('desk.write')}
        </Button>
      </div>
      <ResourceTable
        query={list}
        rowsOf={(page) => page.letters}
        keyOf={({ letterId }) => letterId}
        columns={columns}
        empty={<EmptyState text={t('desk.nothing')} />}
        lines={4}
      />
      <SideDrawer wide open={writing} title={t('desk.write')} onClose={close}>
        <LetterForm
          kind={kind}
          ownerId={ownerId}
          onDone={({ letterId }) => {
            setWriting(false);
            setOpened(letterId);
          }}
        />
      </SideDrawer>
      <SideDrawer wide open={opened !== null} title={t('desk.letter')} onClose={close}>
        {opened && <LetterView key={opened} kind={kind} ownerId={ownerId} letterId={opened} onGone={close} />}
      </SideDrawer>
    </>
  );
}

const colours: Record<Letter['state'], string> = {
  STATE_UNSPECIFIED: 'default',
  DRAFT: 'default',
  SENDING: 'processing',
  SENT: 'success',
  STOPPED: 'warning',
};

function useColumns(open: (letterId: string) => void): Column<Letter>[] {
  const { t, i18n } = useTranslation('letters');
  const label = useEnumLabel();
  const moment = useMoment();
  const number = (value: string | number) => Number(value).toLocaleString(i18n.language);
  return [
    {
      name: t('desk.title'),
      cell: ({ letterId, title }) => (
        <Button type="link" className="letter-open" onClick={() => open(letterId)}>
          {title}
        </Button>
      ),
    },
    {
      name: t('desk.state'),
      cell: ({ state }) => (
        <span>
          <Tag color={colours[state]}>{label('LetterState', state)}</Tag>
        </span>
      ),
    },
    {
      name: t('desk.told'),
      cell: ({ state, told, recipients }) =>
        state === 'DRAFT' ? '—' : t('desk.toldOf', { told: number(told), all: number(recipients) }),
    },
    { name: t('desk.sentAt'), cell: ({ sentAt }) => (sentAt ? moment.exact(sentAt) : '—') },
  ];
}
