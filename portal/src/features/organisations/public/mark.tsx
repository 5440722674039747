import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import './organisations.css';

type Organisation = Pick<Schema<'Organisation'>, 'name' | 'logo'>;

/**
 * The logo of an organisation; without one the character by which people tell societies apart: the first behind 中国, 中华 or 国际.
 * `named`: the name stands beside it, and says all that a person needs who does not see it.
 */
export function Mark({ organisation: { name, logo }, named = false }: { organisation: Organisation; named?: boolean }) {
  const { i18n } = useTranslation();
  const largest = logo?.pictures.at(-1);
  if (!logo || !largest) {
    return (
      <span className="mark" aria-hidden>
        {name.replace(/^(中国|中华|国际)/, '').slice(0, 1)}
      </span>
    );
  }
  const alt = (i18n.language === 'en' && logo.altEn) || logo.altZh;
  return (
    <img
      className="mark logo"
      src={address(logo.pictures[0]?.hash ?? largest.hash)}
      srcSet={logo.pictures.map(({ hash, width }) => `${address(hash)} ${String(width)}w`).join(', ')}
      sizes="64px"
      width={largest.width}
      height={largest.height}
      alt={named ? '' : alt}
      loading="lazy"
    />
  );
}

const address = (hash: string) => `/v1/organisation-pictures/${hash}`;
