import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import './activities.css';

const address = (hash: string) => `/v1/activity-pictures/${hash}`;

/**
 * The cover picture of an activity, if it has one. `named`: the title stands beside it, and says all that a person needs who does not
 * see it.
 */
export function Cover({
  cover,
  sizes,
  named = false,
}: {
  cover: Schema<'PublishedCover'> | undefined;
  /** The width on the page, as `sizes` of an image. */
  sizes: string;
  named?: boolean;
}) {
  const { i18n } = useTranslation();
  const largest = cover?.pictures.at(-1);
  if (!cover || !largest) return null;
  const alt = (i18n.language === 'en' && cover.altEn) || cover.altZh;
  return (
    <img
      className="cover"
      src={address(cover.pictures[0]?.hash ?? largest.hash)}
      srcSet={cover.pictures.map(({ hash, width }) => `${address(hash)} ${String(width)}w`).join(', ')}
      sizes={sizes}
      width={largest.width}
      height={largest.height}
      alt={named ? '' : alt}
      loading="lazy"
    />
  );
}
