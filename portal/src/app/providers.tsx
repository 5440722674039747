import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ConfigProvider } from 'antd';
import type { PropsWithChildren } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOf } from '../api/problem';
import { Appearance, useAppearance } from '../ui/appearance';
import { antdLocale } from '../ui/i18n';
import { NoticeProvider } from '../ui/notices';
import { remOfBrowser, themeOf } from '../ui/theme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the person has to change is not tried again, and nothing is while there is no network.
      retry: (failures, error) => failures < 2 && problemOf(error).passing && navigator.onLine,
    },
  },
});

function Themed({ children }: PropsWithChildren) {
  const { i18n } = useTranslation();
  const { mode, still } = useAppearance();
  const locale = antdLocale(i18n.language);
  return (
    <ConfigProvider
      button={{ autoInsertSpace: false }}
      theme={themeOf(mode, still, remOfBrowser())}
      {...(locale && { locale })}
    >
      <NoticeProvider>{children}</NoticeProvider>
    </ConfigProvider>
  );
}

export function Providers({ children }: PropsWithChildren) {
  return (
    <QueryClientProvider client={client}>
      <Appearance>
        <Themed>{children}</Themed>
      </Appearance>
    </QueryClientProvider>
  );
}
