import { useQuery, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { Alert, Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { UploadMethods } from '../api/uploads';
import { useCommand, type IdempotencyHeader } from './command';
import { useConfirm } from './confirm';
import { useEnumLabel } from './enum-label';
import { useMoment } from './moment';
import { PictureUpload } from './picture-upload';
import { EmptyState, QueryBoundary } from './states';
import './picture-panel.css';

/** A picture that one person has proposed and another one publishes. */
export interface ProposedPicture {
  id: string;
  state: 'PROPOSED' | 'PUBLISHED' | 'WITHDRAWN' | 'REPLACED' | 'STATE_UNSPECIFIED';
  altZh: string;
  altEn: string;
  proposedByCaller: boolean;
  proposedAt?: string;
}

/** What it is a picture of: its words, and the requests. */
export interface PictureSource {
  /** Words of a namespace, by their keys below a prefix. */
  words: (key: PictureWord, values?: Record<string, unknown>) => string;
  /** Of its states in the contract, e.g. `LogoState`. */
  states: 'LogoState' | 'CoverState';
  /** The largest file, in bytes. */
  limit: number;
  listKey: QueryKey;
  list: () => Promise<ProposedPicture[]>;
  /** `key` makes the beginning of an upload safe to repeat. */
  upload: (key: string) => UploadMethods;
  propose: (picture: { uploadId: string; altZh: string; altEn: string }, header: IdempotencyHeader) => Promise<unknown>;
  act: (what: 'publish' | 'withdraw', id: string, header: IdempotencyHeader) => Promise<unknown>;
  /** The address of a proposed or published picture. */
  content: (id: string) => string;
  /** What shows the published picture. */
  outdates: readonly QueryKey[];
  /** Wider than high. */
  wide?: boolean;
}

export type PictureWord =
  | 'lead'
  | 'choose'
  | 'other'
  | 'rule'
  | 'limits'
  | 'tooLarge'
  | 'wrongType'
  | 'empty'
  | 'preview'
  | 'altZh'
  | 'altZhText'
  | 'altZhRule'
  | 'altEn'
  | 'submit'
  | 'resume'
  | 'progress'
  | 'uploading'
  | 'checking'
  | 'interrupted'
  | 'proposed'
  | 'published'
  | 'withdrawn'
  | 'publish'
  | 'withdraw'
  | 'own'
  | 'publishAsk'
  | 'publishText'
  | 'withdrawAsk'
  | 'withdrawText'
  | 'none'
  | 'history'
  | 'at';

/** The pictures of something: what is proposed and published, and a new one. */
export function PicturePanel({ source }: { source: PictureSource }) {
  const { words } = source;
  const pictures = useQuery({ queryKey: source.listKey, queryFn: source.list });
  return (
    <QueryBoundary query={pictures}>
      {(all) => (
        <div className={source.wide ? 'picture-panel picture-wide' : 'picture-panel'}>
          <p className="soft">{words('lead')}</p>
          {all.some(({ state }) => state === 'PROPOSED') || <PictureUpload source={source} />}
          <section aria-label={words('history')}>
            <h3>{words('history')}</h3>
            {all.length === 0 ? (
              <EmptyState text={words('none')} />
            ) : (
              <ul className="picture-list">
                {all.map((picture) => (
                  <PictureItem key={picture.id} source={source} picture={picture} />
                ))}
              </ul>
            )}
          </section>
        </div>
      )}
    </QueryBoundary>
  );
}

function PictureItem({ source, picture }: { source: PictureSource; picture: ProposedPicture }) {
  const { words } = source;
  const { i18n } = useTranslation();
  const label = useEnumLabel();
  const moment = useMoment();
  const confirm = useConfirm();
  const queries = useQueryClient();
  const { run, busy } = useCommand();
  const { id, state } = picture;
  const shown = state === 'PROPOSED' || state === 'PUBLISHED';
  const alt = (i18n.language === 'en' && picture.altEn) || picture.altZh;
  const act = async (what: 'publish' | 'withdraw') => {
    await run((header) => source.act(what, id, header), {
      success: words(what === 'publish' ? 'published' : 'withdrawn'),
      refreshes: [source.listKey],
    });
    await Promise.all(source.outdates.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
  const ask = (what: 'publish' | 'withdraw') =>
    confirm({
      title: words(`${what}Ask`),
      content: words(`${what}Text`),
      confirm: words(what),
      danger: what === 'withdraw',
      onConfirm: () => act(what),
    });
  return (
    <li>
      {shown && <img className="picture-shown" src={source.content(id)} alt={alt} />}
      <div className="picture-facts">
        <p>
          <Tag color={state === 'PUBLISHED' ? 'success' : state === 'PROPOSED' ? 'processing' : 'default'}>
            {label(source.states, state)}
          </Tag>{' '}
          <span>{alt}</span>
        </p>
        {picture.proposedAt && <p className="soft">{words('at', { date: moment.exact(picture.proposedAt) })}</p>}
        {state === 'PROPOSED' && picture.proposedByCaller && <Alert type="info" showIcon title={words('own')} />}
        {shown && (
          <div className="picture-acts">
            {state === 'PROPOSED' && !picture.proposedByCaller && (
              <Button type="primary" loading={busy} onClick={() => ask('publish')}>
                {words('publish')}
              </Button>
            )}
            <Button danger disabled={busy} onClick={() => ask('withdraw')}>
              {words('withdraw')}
            </Button>
          </div>
        )}
      </div>
    </li>
  );
}
