import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

/** The part of an infinite query that the button needs. */
export interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError?: boolean;
  fetchNextPage: () => unknown;
}

/** Loads the next page of a list; nothing on the last one. `line` fills the width, `link` stands within a list. */
export function MoreButton({ query, look = 'centred' }: { query: Paged; look?: 'centred' | 'line' | 'link' }) {
  const { t } = useTranslation();
  if (!query.hasNextPage) return null;
  const button = (
    <Button
      block={look === 'line'}
      type={look === 'link' ? 'link' : 'default'}
      loading={query.isFetchingNextPage}
      onClick={() => void query.fetchNextPage()}
    >
      {t('more')}
    </Button>
  );
  return look === 'centred' ? <p className="more">{button}</p> : button;
}
