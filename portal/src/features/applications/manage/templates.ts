import { useTranslation } from 'react-i18next';

const known = {
  RETURN: ['employer', 'field', 'education', 'statement', 'category'],
  REJECT: ['field', 'category', 'doubt', 'duplicate'],
} as const;

/** Reasons that are given often, in words an applicant can act on. */
export function useTemplates() {
  const { t } = useTranslation('applications-manage');
  return (decision: string): string[] => {
    if (decision !== 'RETURN' && decision !== 'REJECT') return [];
    return known[decision].map((name) => t(`template.${decision}.${name}`));
  };
}
