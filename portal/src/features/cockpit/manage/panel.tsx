import { Component, type ErrorInfo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** One part of the cockpit. If it fails, it alone does, and it tries again by itself half a minute later. */
export function Panel({
  title,
  className,
  aside,
  children,
}: {
  title: string;
  className?: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={`panel ${className ?? ''}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      <ErrorBoundary fallback={<Failed />}>{children}</ErrorBoundary>
    </section>
  );
}

function Failed() {
  const { t } = useTranslation('cockpit');
  return <p className="panel-failed">{t('panelFailed')}</p>;
}

export class ErrorBoundary extends Component<{ fallback: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  private timer: ReturnType<typeof setTimeout> | undefined;

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error('A panel of the cockpit failed', error, info.componentStack);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.setState({ failed: false }), 30_000);
  }

  override componentWillUnmount() {
    clearTimeout(this.timer);
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
