import { CheckCircleOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../../../api/client';
import type { Place } from '../../../api/me';
import { organisationQuery } from '../../../api/organisations';
import { MoreButton } from '../../../ui/more-button';
import { QueryBoundary } from '../../../ui/states';
import { childrenQuery } from './queries';

type Organisation = Schema<'Organisation'>;
export type Choose = (organisationId: string) => void;

/** Arrow keys: up and down move between lines, right expands, left collapses. */
export function moveByArrowKeys(event: KeyboardEvent<HTMLElement>) {
  const lines = [...event.currentTarget.querySelectorAll<HTMLElement>('.tree-name')];
  const at = lines.findIndex((line) => line === document.activeElement);
  const opener = lines[at]?.parentElement?.querySelector<HTMLElement>('[aria-expanded]');
  const next = event.key === 'ArrowDown' ? lines[at + 1] : event.key === 'ArrowUp' ? lines[at - 1] : undefined;
  const turn =
    (event.key === 'ArrowRight' && opener?.ariaExpanded === 'false') ||
    (event.key === 'ArrowLeft' && opener?.ariaExpanded === 'true');
  if (at < 0 || (!next && !turn)) return;
  event.preventDefault();
  next?.focus();
  if (turn) opener.click();
}

/** The organisations of the person, each with what is below it, loaded as it is expanded. */
export function Tree({ places, chosen, onChoose }: { places: readonly Place[]; chosen: string; onChoose: Choose }) {
  return (
    <ul className="tree" onKeyDown={moveByArrowKeys}>
      {places.map((place) => (
        <Root key={place.organisationId} organisationId={place.organisationId} chosen={chosen} onChoose={onChoose} />
      ))}
    </ul>
  );
}

function Root({ organisationId, chosen, onChoose }: { organisationId: string; chosen: string; onChoose: Choose }) {
  const root = useQuery(organisationQuery(organisationId));
  if (!root.data) {
    return (
      <li>
        <QueryBoundary query={root}>{() => null}</QueryBoundary>
      </li>
    );
  }
  return <Branch organisation={root.data} begins chosen={chosen} onChoose={onChoose} />;
}

function Branch({
  organisation,
  begins = false,
  chosen,
  onChoose,
}: {
  organisation: Organisation;
  begins?: boolean;
  chosen: string;
  onChoose: Choose;
}) {
  const { t } = useTranslation('organisations-manage');
  const { organisationId, name } = organisation;
  const [open, setOpen] = useState(begins);
  const below = useInfiniteQuery({ ...childrenQuery(organisationId), enabled: open });
  const children = below.data?.pages.flatMap((page) => page.organisations);
  return (
    <li>
      <div className={`tree-line ${chosen === organisationId ? 'here' : ''}`}>
        <button
          type="button"
          className="tree-turn"
          aria-expanded={open}
          aria-label={t(open ? 'tree.close' : 'tree.open', { name })}
          onClick={() => setOpen((now) => !now)}
        >
          <span aria-hidden>{open ? '▾' : '▸'}</span>
        </button>
        <TreeName organisation={organisation} chosen={chosen} onChoose={onChoose} />
      </div>
      {open &&
        (children ? (
          children.length === 0 ? (
            <p className="soft tree-none">{t('tree.leaf')}</p>
          ) : (
            <ul>
              {children.map((child) => (
                <Branch key={child.organisationId} organisation={child} chosen={chosen} onChoose={onChoose} />
              ))}
              {below.hasNextPage && (
                <li>
                  <MoreButton query={below} look="link" />
                </li>
              )}
            </ul>
          )
        ) : (
          <QueryBoundary query={below} rows={2}>
            {() => null}
          </QueryBoundary>
        ))}
    </li>
  );
}

/** One line of the tree: name, code, and whether applications are accepted. */
export function TreeName({
  organisation,
  chosen,
  onChoose,
}: {
  organisation: Organisation;
  chosen: string;
  onChoose: Choose;
}) {
  const { t } = useTranslation('organisations-manage');
  const { organisationId, name, code, acceptsApplications } = organisation;
  return (
    <button
      type="button"
      className="tree-name"
      {...(chosen === organisationId ? { 'aria-current': true } : {})}
      onClick={() => onChoose(organisationId)}
    >
      <span>{name}</span> <small className="soft">{code}</small>
      {acceptsApplications && <CheckCircleOutlined className="good" aria-label={t('tree.accepts')} />}
    </button>
  );
}
