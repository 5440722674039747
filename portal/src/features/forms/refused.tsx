import { Alert } from 'antd';
import type { Problem } from '../../api/problem';

/** What the platform has refused of answers; nothing where it has refused nothing. */
export function Refused({ title, violations }: { title: string; violations: Problem['violations'] }) {
  if (violations.length === 0) return null;
  return (
    <Alert
      type="error"
      showIcon
      title={title}
      description={
        <ul>
          {violations.map(({ field, description }) => (
            <li key={field + description}>{description}</li>
          ))}
        </ul>
      }
    />
  );
}
